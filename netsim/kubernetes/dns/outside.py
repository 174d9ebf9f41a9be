"""The names of the world outside the cluster: a small one, so that every picture is the same on every machine.

Names of at least two labels under ``com``, ``net``, ``org``, ``io`` and ``dev`` exist, and all of them live on the one
machine outside (``spec.externalClient``), but for those that an Ingress or a route publishes; any other name is
NXDOMAIN. That machine is also the name server that nodes ask, unless their annotation says otherwise.
"""

from __future__ import annotations

from netsim.kubernetes.dns.message import NODATA, NXDOMAIN, Question, Rcode, Record, RecordType, Response
from netsim.kubernetes.objects import IPAddress

TOP_LEVEL_DOMAINS = ("com", "net", "org", "io", "dev")
TTL = 300


def answer(question: Question, machine: IPAddress, published: IPAddress | None = None) -> Response:
    """What the name server outside answers: the address ``published`` for the name, else that of all its names."""
    labels = question.name.split(".")
    known = labels[-1] in TOP_LEVEL_DOMAINS and all(labels)
    if published is None and not known:
        return NXDOMAIN
    address = published or machine
    wanted = RecordType.A if address.version == 4 else RecordType.AAAA
    if len(labels) < 2 or question.type is not wanted:
        return NODATA
    return Response(Rcode.NOERROR, (Record(question.name, wanted, TTL, str(address)),))
