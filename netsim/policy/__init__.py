"""NetworkPolicy and ClusterNetworkPolicy.

``compiled`` binds the policies of a cluster; ``evaluation`` asks them about one connection, and ``explanation`` says
why; ``reachability`` answers for every pair of Pods at once, by ``classes`` of Pods that no policy tells apart.
``calico``, ``cilium``, ``kube_router`` and ``weave_npc`` make them into rules or programs on nodes, each in the shape
of the agent that does it there. ``notices`` says where nobody enforces them.
"""
