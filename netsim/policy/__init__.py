"""NetworkPolicy and ClusterNetworkPolicy.

``compiled`` binds the policies of a cluster; ``evaluation`` asks them about one connection and says why,
``reachability`` about every pair of Pods at once; planners make them into rules on nodes.
"""
