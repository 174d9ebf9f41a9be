"""kube-proxy: from Services and EndpointSlices to the state of one node's kernel.

``services`` and ``service_ports`` hold what all nodes share, ``endpoints`` which endpoints a node may use, ``config``
the settings. Each mode is a module, ``iptables``, ``nftables`` or ``ipvs``, with those that begin with its name.
``health_checks`` is what balancers ask; ``query`` asks the rules what they would do to a packet.
"""
