"""What proxies decide about HTTP requests: Ingress controllers, Gateways and meshes. Nothing here sends a packet.

``ingress`` and ``httproute`` match, ``gateway`` attaches routes to listeners, ``backends`` finds endpoints and grants,
``controllers`` says which Pod plays which part. ``netsim.requests`` drives them and sends the packets.
"""
