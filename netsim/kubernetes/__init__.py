"""Kubernetes as networking sees it: objects, the manifests they come from, and what the controllers add to them.

`loading.load_cluster` is the way in; planners read the `cluster.Cluster` that it returns.
"""
