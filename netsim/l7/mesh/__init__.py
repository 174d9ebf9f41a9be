"""Service meshes: which Pods are in one, the rules that lead their traffic to a proxy, and what that proxy does.

``membership`` reads labels and annotations, ``sidecars`` and ``ambient`` program Pods' namespaces, ``outbound`` and
``inbound`` decide on the two sides of a connection, ``mtls`` says whether plain text is accepted.
"""
