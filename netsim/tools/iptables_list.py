"""``iptables -L`` and ``-S``: one table as a person reads it (iptables/iptables.c list_rules, extensions/libxt_*.c)."""

from __future__ import annotations

from collections.abc import Iterator

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


def empty_table(name: str, version: int) -> Table:
    """The table as it looks before anybody used it."""
    return iptables_table(name if name != "security" else "mangle", version)


def listing(table: Table, chain: str, verbose: bool, numbers: bool) -> str:
    """``iptables -L [CHAIN] -n``, with ``-v`` and ``--line-numbers``; counters are at zero."""
    blocks = [_block(table, each, verbose, numbers) for each in _chains(table) if chain in ("", each.name)]
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


def _block(table: Table, chain: Chain, verbose: bool, numbers: bool) -> str:
    if chain.hook is None:
        kind = f"{_references(table, chain.name)} references"
    else:
        kind = f"policy {chain.policy.text}" + (" 0 packets, 0 bytes" if verbose else "")
    number = "num   " if numbers else ""
    if verbose:
        columns = " pkts bytes target     prot opt in     out     source               destination         "
    else:
        columns = "target     prot opt source               destination         "
    lines = [f"Chain {chain.name} ({kind})", number + (columns if not numbers else columns.lstrip())]
    if numbers and verbose:
        lines[1] = "num   pkts bytes target     prot opt in     out     source               destination         "
    for index, rule in enumerate(chain.rules, start=1):
        lines.append((f"{index:<4} " if numbers else "") + _row(rule, verbose, table.version))
    return "".join(f"{line}\n" for line in lines)


def _row(rule: Rule, verbose: bool, version: int) -> str:
    protocol, source, destination, into, out = "0", _any(version), _any(version), "*", "*"
    for match in rule.matches:
        match match:
            case ProtocolIs(protocol=named):
                protocol = str(named)
            case Source():
                source = _negated(match.negate, str(match.network))
            case Destination():
                destination = _negated(match.negate, str(match.network))
            case InInterface(name=name, negate=negate):
                into = _negated(negate, name)
            case OutInterface(name=name, negate=negate):
                out = _negated(negate, name)
            case _:
                continue
    target = _target_name(rule.target)
    addresses = f"{_host(source):<20} {_host(destination):<20}"
    if verbose:
        head = f"    0     0 {target:<10} {protocol:<4} --  {into:<6} {out:<6} {addresses}"
    else:
        head = f"{target:<10} {protocol:<4} --  {addresses}"
    return " ".join([head, *_extras(rule)])


def _any(version: int) -> str:
    return "0.0.0.0/0" if version == 4 else "::/0"


def _host(network: str) -> str:
    return network.removesuffix("/32").removesuffix("/128")


def _negated(negate: bool, text: str) -> str:
    return f"!{text}" if negate else text


def _target_name(target: Target) -> str:
    match target:
        case Continue():
            return ""
        case Jump(chain=chain):
            return chain
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
        case Reject() | SetMark() | Masquerade():
            yield _target_text(rule.target)
        case Accept() | Drop() | Return() | Jump() | Continue():
            return
        case other:
            yield " ".join(other.text.split()[1:])


def _match_text(match: Match) -> str:
    """The words of one match; those that have a column of their own have none."""
    match match:
        case ProtocolIs() | Source() | Destination() | InInterface() | OutInterface() | TransportModule():
            return ""
        case Comment(words=words):
            return f"/* {words} */"
        case DestinationPort(protocol=protocol, port=port):
            return f"{protocol} dpt:{port}"
        case MarkIs(value=value, mask=mask, negate=negate):
            return f"mark match {'! ' if negate else ''}{value:#x}/{mask:#x}"
        case StateIs():
            return f"ctstate {match.text.split()[-1]}"
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
        case SetMark(value=value, mask=mask) if not value:
            return f"MARK and {~mask & 0xFFFFFFFF:#x}"
        case SetMark(value=value, mask=mask):
            return f"MARK xset {value:#x}/{mask:#x}"
        case Masquerade(random_fully=random_fully):
            return "random-fully" if random_fully else ""
