"""What one Linux kernel knows about the network, and nothing about Kubernetes.

``interfaces``, ``routing``, ``netfilter`` and ``conntrack`` are its parts; ``namespace`` puts them together.
"""
