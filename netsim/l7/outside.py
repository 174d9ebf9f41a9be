"""The web server on the machine outside: it knows the names that it has in the DNS outside, and no others."""

from __future__ import annotations

from ipaddress import ip_address

from netsim.kubernetes.dns import outside
from netsim.kubernetes.dns.message import Question, RecordType
from netsim.l7.http import HttpResponse
from netsim.packet import IPAddress


def answer_outside(host: str, machine: IPAddress) -> HttpResponse:
    """200 for one of its virtual hosts, and for whoever names its address or nothing; 404 for any other Host."""
    known = not host or _is_address(host) or has_name(host, machine)
    return HttpResponse(200 if known else 404)


def has_name(host: str, machine: IPAddress) -> bool:
    """Whether the server has a virtual host, and a certificate, for a name."""
    wanted = RecordType.A if machine.version == 4 else RecordType.AAAA
    return outside.answer(Question(host, wanted), machine).has_data


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
