"""What Cilium's eBPF programs did, as netsim.cni.cilium says it."""

from __future__ import annotations

from django.utils.translation import gettext_noop

PROGRAMS = (
    gettext_noop("{frontend} has no backend on {node}"),
    gettext_noop("a backend of {frontend}"),
    gettext_noop("NodePort, reverse: from {source} to {destination}"),
    gettext_noop("NodePort, reverse: the source becomes {source} again"),
    gettext_noop("Is a ClusterIP: {frontend} is not for packets from outside"),
    gettext_noop("Not in the source ranges of {frontend}: {source}"),
    gettext_noop("Service backend not found: {frontend} has none for packets from outside"),
    gettext_noop("{frontend}: backend {backend} is here; the client's address stays; to the stack"),
    gettext_noop("{frontend}: backend {backend} is on another node: source becomes {source}"),
    gettext_noop("endpoint {endpoint}: redirect to {device}"),
    gettext_noop("from identity {identity}; endpoint {endpoint}: redirect to {device}"),
    gettext_noop("FIB lookup failed: no route to {destination}"),
    gettext_noop("TTL exceeded"),
    gettext_noop("no endpoint {address} here: to the stack of {node}"),
    gettext_noop("identity {identity}, behind {remote}: redirect to {device}"),
    gettext_noop("Invalid source ip: {source} is not the address of {endpoint}"),
    gettext_noop("{address} is an address of {node}: to the stack"),
    gettext_noop("no endpoint here and no tunnel (identity {identity}): to the stack"),
    gettext_noop("no Service: to the stack"),
    gettext_noop("Unroutable packet: no endpoint has {address}"),
    gettext_noop("an answer, or part of a connection that was allowed"),
    gettext_noop("policy ingress: {phrase}"),
    gettext_noop("policy egress: {phrase}"),
    gettext_noop("policy denied (ingress): {phrase}"),
    gettext_noop("policy denied (egress): {phrase}"),
)
