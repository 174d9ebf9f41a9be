"""Service meshes: which Pods are in one, the rules that lead their traffic to a proxy, and what that proxy does.

``membership`` reads labels and annotations; ``plan`` programs Pods' namespaces by ``sidecars`` or ``ambient``;
``proxies`` says which proxy took a connection. ``outbound`` and ``inbound`` decide on its two sides, ``mtls`` says
whether plain text is accepted, ``authorization`` whether a caller is let in.
"""
