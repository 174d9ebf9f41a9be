"""``ipMasq`` of the reference plugins: what a container sends out of its network gets the machine's address.

Source: containernetworking/plugins pkg/ip/ipmasq_iptables_linux.go, pkg/utils/utils.go (FormatChainName).
"""

from __future__ import annotations

from hashlib import sha512
from ipaddress import ip_network

from netsim.linux.interfaces import InterfaceAddress
from netsim.linux.netfilter import Accept, Comment, Destination, Jump, Masquerade, Source, Table

MULTICAST = {4: ip_network("224.0.0.0/4"), 6: ip_network("ff00::/8")}
LONGEST_CHAIN = 28
"""XT_EXTENSION_MAXNAMELEN - 1 of a chain name (include/uapi/linux/netfilter/x_tables.h)."""


def chain_name(prefix: str, network: str, container: str) -> str:
    """The chain of one container in one network, as long as a chain name can be."""
    digits = sha512(f"{network}{container}".encode()).hexdigest()
    return f"{prefix}{digits}"[:LONGEST_CHAIN]


def masquerade(nat: Table, network: str, container: str, address: InterfaceAddress) -> None:
    """Within the address's own network nothing changes; towards everybody else the source is replaced."""
    chain, comment = chain_name("CNI-", network, container), _comment(network, container)
    rules = nat.chain(chain)
    rules.append(Accept(), Destination(address.network), comment)
    rules.append(Masquerade(), Destination(MULTICAST[address.version], negate=True), comment)
    nat.chain("POSTROUTING").append(Jump(chain), Source(ip_network(address.ip)), comment)


def stop_masquerading(nat: Table, network: str, container: str) -> None:
    """Take the container's chain and the jumps to it away; nothing where there are none."""
    chain = chain_name("CNI-", network, container)
    rules = nat.chain("POSTROUTING").rules
    rules[:] = [rule for rule in rules if rule.target != Jump(chain)]
    nat.chains.pop(chain, None)


def _comment(network: str, container: str) -> Comment:
    return Comment(f'name: \\"{network}\\" id: \\"{container}\\"')
