"""``iptables-save`` and ``ip6tables-save``: the rules of one namespace as text that ``iptables-restore`` loads."""

from __future__ import annotations

from collections.abc import Iterator

from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import Table

TABLE_ORDER = ("mangle", "raw", "filter", "nat")
"""As iptables-nft-save lists the tables (``enum nft_table_type`` in iptables/nft.h)."""


def iptables_save(namespace: NetworkNamespace, version: int = 4) -> str:
    """The tables of one IP version that exist in the namespace, with counters at zero; "" when there is none.

    Built-in chains come first in the order of their hooks, the others by name.
    """
    tables = namespace.netfilter.tables
    lines = [line for name in TABLE_ORDER if (version, name) in tables for line in _table_lines(tables[version, name])]
    return "".join(f"{line}\n" for line in lines)


def _table_lines(table: Table) -> Iterator[str]:
    chains = [chain for chain in table.chains.values() if chain.hook is not None]
    chains += sorted((chain for chain in table.chains.values() if chain.hook is None), key=lambda chain: chain.name)
    yield f"*{table.name}"
    for chain in chains:
        yield f":{chain.name} {chain.policy.text if chain.hook else '-'} [0:0]"
    for chain in chains:
        for rule in chain.rules:
            yield f"-A {chain.name} {rule.text}"
    yield "COMMIT"
