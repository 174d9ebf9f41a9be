"""``ipset save``: the IP sets of one namespace as text that ``ipset restore`` loads."""

from __future__ import annotations

from netsim.linux.ipset import SetType
from netsim.linux.namespace import NetworkNamespace


def ipset_save(namespace: NetworkNamespace) -> str:
    """Every set by name, those that list other sets after them; "" when there is none."""
    ordered = sorted(namespace.ipsets.values(), key=lambda each: (each.type is SetType.LIST_SET, each.name))
    return "".join(each.save() for each in ordered)
