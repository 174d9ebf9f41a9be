"""Pods of Istio, Linkerd and ambient mode: whose packets REDIRECT takes, and how a spoofed source finds its way back.

The cluster is drawn in ``clusters/mesh.yaml``; 1337 and 2102 are the users of the proxies, 0x539 is ztunnel's mark.
"""

from __future__ import annotations

from functools import partial

from tests.kernel.scenario import send

send = partial(send, cluster="mesh")
PLAIN = "pod/plain/client"
ISTIO, LINKERD, AMBIENT = "pod/istio/near", "pod/linkerd/near", "pod/ambient/near"

SCENARIOS = (
    send("istio: an application is taken by its own proxy", ISTIO, "svc/istio/far:80"),
    send("istio: an application on localhost is left alone", ISTIO, "127.0.0.1:8080"),
    send("istio: an application to its own Pod is left alone", ISTIO, "10.244.1.3:8080"),
    send("istio: the proxy goes out", ISTIO, "10.244.2.4:4143", uid=1337),
    send("istio: the proxy is taken by the other proxy", ISTIO, "10.244.2.3:8080", uid=1337),
    send("istio: the proxy to its own Pod comes in as from outside", ISTIO, "10.244.1.3:8080", uid=1337),
    send("istio: the proxy to its own application", ISTIO, "10.244.1.3:8080", uid=1337, bind="127.0.0.6"),
    send("istio: a tunnel to its own Pod is left alone", ISTIO, "10.244.1.3:15008", uid=1337),
    send("istio: from outside to the proxy of another node", PLAIN, "pod/istio/far:8080"),
    send("istio: from outside through the Service", PLAIN, "svc/istio/far:80"),
    send("istio: a closed port is the proxy's as well", PLAIN, "pod/istio/near:9999"),
    send("istio: a port of the proxy's own", PLAIN, "pod/istio/near:15021"),
    send("istio: the tunnel's port is not redirected", PLAIN, "pod/istio/near:15008"),
    send("istio: a datagram is left alone", PLAIN, "pod/istio/near:5353", protocol="udp"),
    send("istio: a ping is left alone", ISTIO, "pod/istio/far", protocol="icmp"),
    send("linkerd: an application is taken by its own proxy", LINKERD, "svc/linkerd/far:80"),
    send("linkerd: an application to its own Pod is left alone", LINKERD, "10.244.1.4:8080"),
    send("linkerd: a skipped port goes out", LINKERD, "pod/plain/client:4567", "refused"),
    send("linkerd: the proxy goes out and is taken", LINKERD, "10.244.2.4:8080", uid=2102),
    send("linkerd: the proxy to its own application", LINKERD, "10.244.1.4:8080", uid=2102),
    send("linkerd: from outside", PLAIN, "pod/linkerd/near:8080"),
    send("linkerd: a skipped port from outside", PLAIN, "pod/linkerd/near:4568", "refused"),
    send("linkerd: the proxy's own port from outside", PLAIN, "pod/linkerd/near:4191"),
    send("ambient: an application is taken by ztunnel", AMBIENT, "svc/ambient/far:80"),
    send("ambient: an application to its own Pod is left alone", AMBIENT, "10.244.1.5:8080"),
    send("ambient: ztunnel goes out by HBONE", AMBIENT, "10.244.2.5:15008", mark=0x539),
    send("ambient: ztunnel goes out in plain text", AMBIENT, "10.244.2.5:8080", mark=0x539),
    send("ambient: from outside in plain text", PLAIN, "pod/ambient/near:8080"),
    send(
        "ambient: ztunnel calls the application as its client",
        AMBIENT,
        "10.244.1.5:8080",
        mark=0x539,
        bind="10.244.2.5",
    ),
    send(
        "ambient: a spoofed source without the mark finds no way back",
        AMBIENT,
        "10.244.1.5:8080",
        "timeout",
        bind="10.244.2.5",
    ),
    send("ambient: the node's probe has a source of its own", "node/n1", "pod/ambient/near:8080"),
    send("ambient: the node to a Pod of another node", "node/n1", "pod/ambient/far:8080"),
    send("ambient: the node to a Pod outside the mesh", "node/n1", "pod/plain/client:8080"),
)
