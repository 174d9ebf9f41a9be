"""Kubernetes as networking sees it: objects, the manifests they come from, and what the controllers add to them.

``parsing`` makes ``objects``, ``policies``, ``ingress``, ``gateway``, ``mesh`` and ``settings`` of text, and
``controllers`` complete them to the ``cluster`` that planners read (``netsim.loading`` calls both). ``writing`` makes
manifests of objects again (``netsim.dumping`` calls it). ``dns`` is cluster DNS.
"""
