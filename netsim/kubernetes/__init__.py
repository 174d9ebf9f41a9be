"""Kubernetes as networking sees it: objects, the manifests they come from, and what the controllers add to them."""
