"""``iptables -L`` and ``-S``: one table as a person reads it (iptables/iptables.c list_rules, extensions/libxt_*.c)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netsim.linux.netfilter import (
    Accept,
    Chain,
    Comment,
    Continue,
    Destination,
    DestinationIsLocal,
    DestinationPort,
    Dnat,
    Drop,
    InInterface,
    Jump,
    MarkIs,
    Masquerade,
    Match,
    NoTrack,
    OutInterface,
    ProtocolIs,
    Reject,
    Return,
    Rule,
    SetMark,
    Source,
    SourceIsLocal,
    StateIs,
    Statistic,
    Table,
    Target,
    TransportModule,
    iptables_table,
)
from netsim.packet import PROTOCOL_NUMBERS


@dataclass(frozen=True, slots=True)
class Look:
    """``-n``, ``-v`` and ``--line-numbers``."""

    numeric: bool = False
    verbose: bool = False
    line_numbers: bool = False


def empty_table(name: str, version: int) -> Table:
    """The table as it looks before anybody used it."""
    return iptables_table(name if name != "security" else "mangle", version)


def listing(table: Table, chain: str, look: Look) -> str:
    """``iptables -L [CHAIN]``; counters are at zero."""
    blocks = [_block(table, each, look) for each in _chains(table) if chain in ("", each.name)]
    return "\n".join(blocks)


def rule_specs(table: Table, chain: str) -> str:
    """``iptables -S [CHAIN]``: the rules as commands."""
    chosen = [each for each in _chains(table) if chain in ("", each.name)]
    lines = [f"-P {c.name} {c.policy.text}" if c.hook is not None else f"-N {c.name}" for c in chosen]
    lines += [rule.line(each.name) for each in chosen for rule in each.rules]
    return "".join(f"{line}\n" for line in lines)


def _chains(table: Table) -> list[Chain]:
    own = sorted((chain for chain in table.chains.values() if chain.hook is None), key=lambda chain: chain.name)
    return [chain for chain in table.chains.values() if chain.hook is not None] + own


def _references(table: Table, name: str) -> int:
    return sum(
        isinstance(rule.target, Jump) and rule.target.chain == name for c in table.chains.values() for rule in c.rules
    )


def _block(table: Table, chain: Chain, look: Look) -> str:
    if chain.hook is None:
        kind = f"{_references(table, chain.name)} references"
    else:
        kind = f"policy {chain.policy.text}" + (" 0 packets, 0 bytes" if look.verbose else "")
    columns = "source               destination         "
    heading = f"target     prot opt {'in     out     ' if look.verbose else ''}{columns}"
    if look.verbose:
        heading = f"{'num  ' if look.line_numbers else ''} pkts bytes {heading}"
    elif look.line_numbers:
        heading = f"num  {heading}"
    lines = [f"Chain {chain.name} ({kind})", heading]
    for index, rule in enumerate(chain.rules, start=1):
        lines.append((f"{index:<4} " if look.line_numbers else "") + _row(rule, look, table.version))
    return "".join(f"{line}\n" for line in lines)


def _row(rule: Rule, look: Look, version: int) -> str:
    protocol, source, destination, into, out = 0, _any(version), _any(version), "*", "*"
    name = "all"
    for match in rule.matches:
        match match:
            case ProtocolIs(protocol=named):
                protocol, name = PROTOCOL_NUMBERS[named], str(named)
            case Source():
                source = _negated(match.negate, str(match.network))
            case Destination():
                destination = _negated(match.negate, str(match.network))
            case InInterface(name=device, negate=negate):
                into = _negated(negate, device)
            case OutInterface(name=device, negate=negate):
                out = _negated(negate, device)
            case _:
                continue
    target = _target_name(rule.target)
    addresses = f"{_host(source, look):<20} {_host(destination, look):<20}"
    head = f"{target:<10} {str(protocol) if look.numeric else name:<4} --  "
    if look.verbose:
        anywhere = "*" if look.numeric else "any"
        devices = f"{into if into != '*' else anywhere:<6} {out if out != '*' else anywhere:<6} "
        head = f"    0     0 {head}{devices}"
    return " ".join([head + addresses, *_extras(rule)])


def _any(version: int) -> str:
    return "0.0.0.0/0" if version == 4 else "::/0"


def _host(network: str, look: Look) -> str:
    if not look.numeric and network in ("0.0.0.0/0", "::/0"):
        return "anywhere"
    return network.removesuffix("/32").removesuffix("/128")


def _negated(negate: bool, text: str) -> str:
    return f"!{text}" if negate else text


def _target_name(target: Target) -> str:
    match target:
        case Continue():
            return ""
        case Jump(chain=chain):
            return chain
        case NoTrack():
            return "CT"
        case _:
            return target.text.split()[0]


def _extras(rule: Rule) -> Iterator[str]:
    for match in rule.matches:
        text = _match_text(match)
        if text:
            yield text
    match rule.target:
        case Dnat():
            yield f"to:{rule.target.text.split()[-1]}"
        case NoTrack():
            yield "NOTRACK"
        case Reject() | SetMark() | Masquerade():
            yield _target_text(rule.target)
        case Accept() | Drop() | Return() | Jump() | Continue():
            return
        case other:
            yield " ".join(other.text.split()[1:])


def _match_text(match: Match) -> str:
    """The words of one match; those that have a column of their own have none."""
    match match:
        case ProtocolIs() | Source() | Destination() | InInterface() | OutInterface():
            return ""
        case TransportModule(protocol=protocol):
            return str(protocol)
        case Comment(words=words):
            return f"/* {words} */"
        case DestinationPort(protocol=protocol, port=port):
            return f"{protocol} dpt:{port}"
        case MarkIs(value=value, mask=mask, negate=negate):
            return f"mark match {'! ' if negate else ''}{value:#x}/{mask:#x}"
        case StateIs(negate=negate):
            return f"{'! ' if negate else ''}ctstate {match.text.split()[-1]}"
        case DestinationIsLocal():
            return "ADDRTYPE match dst-type LOCAL"
        case SourceIsLocal():
            return "ADDRTYPE match src-type LOCAL"
        case Statistic():
            return f"statistic mode random probability {match.text.split()[-1]}"
        case _:
            return match.text.removeprefix("-m ").replace("--", "")


def _target_text(target: Reject | SetMark | Masquerade) -> str:
    match target:
        case Reject():
            return target.text.removeprefix("REJECT --")
        case SetMark(value=value, mask=mask) if value == mask:
            return f"MARK or {value:#x}"
        case SetMark(value=value, mask=0):
            return f"MARK xor {value:#x}"
        case SetMark(value=value, mask=mask) if not value:
            return f"MARK and {~mask & 0xFFFFFFFF:#x}"
        case SetMark(value=value, mask=mask):
            return f"MARK xset {value:#x}/{mask:#x}"
        case Masquerade(random_fully=random_fully):
            return "random-fully" if random_fully else ""
