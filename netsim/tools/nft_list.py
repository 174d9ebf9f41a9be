"""``nft list ruleset``: nftables' tables of one namespace as text that ``nft -f`` loads."""

from __future__ import annotations

from netsim.linux.namespace import NetworkNamespace


def nft_list(namespace: NetworkNamespace) -> str:
    """The tables in the order in which they were added, "" where there is none.

    In the words of nft 1.0.6. iptables' tables are left out: on a machine with iptables-nft, nft lists them too.
    """
    tables = namespace.nftables.tables.values()
    return "".join(f"{line}\n" for table in tables for line in table.lines())
