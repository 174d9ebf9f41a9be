"""The programs that print rule sets: iptables, nft, ipset, ipvsadm."""

from __future__ import annotations

from netsim.linux.ipset import IpSet
from netsim.tools import iptables_list
from netsim.tools.ipset import ipset_save
from netsim.tools.iptables_save import iptables_save as saved
from netsim.tools.machine import Machine, Output
from netsim.tools.options import UsageError, parse
from netsim.tools.show import show

CHANGES = ("-A", "-I", "-D", "-F", "-P", "-N", "-X", "-R", "-Z", "--append", "--insert", "--delete", "--flush")


def iptables_save(machine: Machine, words: list[str]) -> Output:
    return _save(machine, words, 4)


def ip6tables_save(machine: Machine, words: list[str]) -> Output:
    return _save(machine, words, 6)


def _save(machine: Machine, words: list[str], version: int) -> Output:
    options = parse("iptables-save", words, "t:c", ("table=", "counters"), exit_code=1)
    text = saved(machine.kernel, version)
    wanted = options.text("-t", "--table")
    if not wanted:
        return Output(text)
    blocks = [f"*{block}" for block in text.split("*")[1:]]
    return Output("".join(block for block in blocks if block.startswith(f"*{wanted}\n")))


def iptables(machine: Machine, words: list[str]) -> Output:
    return _iptables(machine, words, 4)


def ip6tables(machine: Machine, words: list[str]) -> Output:
    return _iptables(machine, words, 6)


def _iptables(machine: Machine, words: list[str], version: int) -> Output:
    name = "iptables" if version == 4 else "ip6tables"
    if any(word in CHANGES for word in words):
        raise UsageError(f"{name} v1.8.9 (nf_tables): rules are changed by faults and planners here, not by hand", 4)
    options = parse(
        name, words, "LSnvt:x", ("list", "list-rules", "numeric", "verbose", "table=", "line-numbers"), exit_code=2
    )
    wanted = options.text("-t", "--table", default="filter")
    if wanted not in ("filter", "nat", "mangle", "raw", "security"):
        raise UsageError(
            f"{name} v1.8.9 (nf_tables): table '{wanted}' does not exist\nPerhaps {name} or your kernel needs to be "
            "upgraded.", 3,
        )  # fmt: skip
    if not options.any("-L", "--list", "-S", "--list-rules"):
        raise UsageError(f"{name} v1.8.9 (nf_tables): no command specified\nTry `{name} -h' for more information.", 2)
    table = machine.kernel.netfilter.tables.get((version, wanted)) or iptables_list.empty_table(wanted, version)
    chain = options.operands[0] if options.operands else ""
    if chain and chain not in table.chains:
        problem = f"chain `{chain}' in table `{wanted}' is incompatible, use 'nft' tool."
        raise UsageError(f"{name} v1.8.9 (nf_tables): {problem}", 1)
    if options.any("-S", "--list-rules"):
        return Output(iptables_list.rule_specs(table, chain))
    numeric, verbose = options.any("-n", "--numeric"), options.any("-v", "--verbose")
    look = iptables_list.Look(numeric, verbose, "--line-numbers" in options)
    return Output(iptables_list.listing(table, chain, look))


def nft(machine: Machine, words: list[str]) -> Output:
    words = [word for word in words if word not in ("-a", "-n", "-s", "-y")]
    if words[:2] == ["list", "ruleset"]:
        return Output(show(machine.kernel, "nft").text)
    if words[:2] == ["list", "tables"]:
        lines = show(machine.kernel, "nft").text.splitlines()
        return Output("".join(f"{line.removesuffix(' {')}\n" for line in lines if line.startswith("table ")))
    raise UsageError("nft: only “nft list ruleset” and “nft list tables” are simulated", 1)


def ipset(machine: Machine, words: list[str]) -> Output:
    match words:
        case ["list" | "save" | "-L" | "-S", *names]:
            wanted = names[0] if names else ""
            sets = machine.kernel.ipsets
            if wanted and wanted not in sets:
                raise UsageError("ipset v7.17: The set with the given name does not exist", 1)
            if words[0] in ("save", "-S"):
                return Output(sets[wanted].save() if wanted else ipset_save(machine.kernel))
            return Output("\n".join(_listing(each) for each in sets.values() if wanted in ("", each.name)))
        case _:
            raise UsageError("ipset v7.17: only “ipset list [NAME]” and “ipset save [NAME]” are simulated", 1)


def ipvsadm(machine: Machine, words: list[str]) -> Output:
    parse("ipvsadm", words, "Lln", ("list", "numeric", "stats", "rate"), exit_code=255)
    return Output(show(machine.kernel, "ipvs").text)


def _listing(ipset: IpSet) -> str:
    """``ipset list``: what ``ipset save`` writes, in another form."""
    header, *added = ipset.save().splitlines()
    members = [line.split(maxsplit=2)[2] for line in added]
    options = " ".join(header.split()[3:])
    lines = [f"Name: {ipset.name}", f"Type: {ipset.type}", f"Header: {options}", f"Number of entries: {len(members)}"]
    return "".join(f"{line}\n" for line in (*lines, "Members:", *members))
