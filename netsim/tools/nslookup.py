"""``nslookup`` of BIND 9.18: A and AAAA through the search list, or the name of an address."""

from __future__ import annotations

from netsim.errors import NetsimError
from netsim.kubernetes.dns.message import Rcode, Record, RecordType
from netsim.resolver import ADDRESSES, Resolution
from netsim.tools.machine import HostNotFoundError, Machine, Output, literal
from netsim.tools.options import UsageError

USAGE = "usage: nslookup [-type=TYPE] NAME [SERVER]"


def run(machine: Machine, words: list[str]) -> Output:
    types: tuple[RecordType, ...] = ADDRESSES
    operands: list[str] = []
    for word in words:
        option, _, value = word.partition("=")
        if option in ("-type", "-query", "-q", "-querytype") and value.upper() in tuple(RecordType):
            types = (RecordType(value.upper()),)
        elif word.startswith("-"):
            raise UsageError(f"*** Invalid option: {word.lstrip('-')}\n{USAGE}", 1)
        else:
            operands.append(word)
    if not 1 <= len(operands) <= 2:
        raise UsageError(USAGE, 1)
    server = None
    if len(operands) == 2:
        try:
            server = machine.find(operands[1]).address
        except HostNotFoundError:
            return Output(f"nslookup: couldn't get address for '{operands[1]}': not found\n", 1)
    resolver = machine.resolver if server is None else machine.resolver.asking(server)
    address = literal(operands[0])
    try:
        found = resolver.lookup(operands[0], types) if address is None else resolver.reverse(address)
    except NetsimError as error:
        return Output(f"nslookup: {error}\n", 1)
    return _printed(found, operands[0])


def _printed(found: Resolution, typed: str) -> Output:
    servers = found.conf.nameservers
    if not found.answers and found.rcode not in tuple(Rcode):
        refused = bool(found.queries) and found.queries[-1].outcome == "refused"
        why = "connection refused" if refused else "timed out"
        lines = [f";; communications error to {server}#53: {why}" for server in servers for _ in range(3)]
        return Output("\n".join([*lines, ";; no servers could be reached", "", ""]), 1)
    is_reverse = found.types == (RecordType.PTR,)
    heading = "" if is_reverse else f"Server:\t\t{servers[0]}\nAddress:\t{servers[0]}#53\n\n"
    if not found.answers:
        last = found.queries[-1].question.name
        if found.rcode == Rcode.NOERROR:
            return Output(f"{heading}*** Can't find {typed}: No answer\n\n")
        return Output(f"{heading}** server can't find {last}: {found.rcode}\n\n", 1)
    lines = [_line(record) for record in found.answers]
    return Output(heading + "".join(lines) + "\n")


def _line(record: Record) -> str:
    match record.type:
        case RecordType.A | RecordType.AAAA:
            return f"Name:\t{record.name}\nAddress: {record.data}\n"
        case RecordType.CNAME:
            return f"{record.name}\tcanonical name = {record.data}.\n"
        case RecordType.PTR:
            return f"{record.name}\tname = {record.data}.\n"
        case RecordType.SRV:
            return f"{record.name}\tservice = {record.data}.\n"
        case _:
            return f"{record.name}\ttext = {record.data}\n"
