"""CNI plugins: each programs the namespaces of nodes and Pods with devices, routes, neighbours and rules.

``plugin`` says what a plugin is to the engine; ``bridged_nodes`` is the simplest one, then ``flannel``, ``calico``,
``weave`` and ``cilium``. They share ``bridge`` and ``portmap`` (what the reference plugins do), ``masquerade`` and
``options``. ``protocol`` is the Container Network Interface itself: JSON in, JSON out.
"""
