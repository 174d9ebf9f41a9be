"""Cluster DNS: what is asked, by whom, and what CoreDNS would answer. No packet is sent here; ``netsim.resolver`` does.

``message`` has questions and answers; ``resolv_conf`` what the kubelet writes into a Pod; ``search`` how the C library
walks its search list; ``records`` the zone of the cluster; ``corefile`` and ``coredns`` the server; ``outside`` the
rest of the world; ``lookup`` puts them together for a name that is only wanted as an address.
"""
