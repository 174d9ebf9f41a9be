"""kube-proxy: from Services and EndpointSlices to the rules of one node."""
