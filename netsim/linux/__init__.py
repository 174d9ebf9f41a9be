"""What one Linux kernel knows about the network, and nothing about Kubernetes.

``namespace`` puts the parts together: ``interfaces``, ``routing``, ``netfilter`` (iptables) and ``nftables``, whose
base chains ``hooks`` brings into one order, ``ipset``, ``conntrack``, ``ipvs`` and ``bpf``. Here is state, and
what it answers when asked; ``netsim.forwarding`` moves packets.
"""
