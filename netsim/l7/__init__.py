"""What proxies decide about HTTP requests: Ingress controllers, Gateways and meshes. Nothing here sends a packet.

``controllers`` says which Pod plays which part, ``front`` what it makes of a connection. ``ingress`` and ``httproute``
match, ``gateway`` attaches routes to listeners and ``gateway_proxy`` serves them, ``filters`` change requests,
``backends`` finds endpoints and grants, ``decision`` is the outcome with its evidence, ``status`` what controllers
report. ``mesh`` has the meshes. ``netsim.requests`` drives them and sends the packets.
"""
