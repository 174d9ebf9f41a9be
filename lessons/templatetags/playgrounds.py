"""Template tags of the playground: parts of a picture, names of a machine's tables, links to a cell's reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lessons.inspection import devices as device_inspection
from lessons.inspection.devices import PartGroup
from lessons.playground.playing import Playground

register = template.Library()

SECTIONS: Mapping[str, str | Promise] = {
    "device": _("Device"),
    "interfaces": _("Interfaces and addresses"),
    "routes": _("Routes"),
    "routing rules": _("Routing rules"),
    "neighbors": _("Neighbors"),
    "forwarding database": _("Forwarding database of bridges and tunnels"),
    "iptables": _("iptables rules"),
    "ip6tables": _("ip6tables rules"),
    "nftables": _("nftables rules"),
    "ipvs": _("IPVS virtual servers"),
    "connections": _("Connections that the kernel remembers"),
    "sockets": _("Sockets that listen"),
    "resolver": _("Resolver"),
    "kernel settings": _("Kernel settings"),
    "programs": _("eBPF programs"),
    "policies": _("Policies that select this Pod"),
    "ports": _("Ports"),
    "rules in order": _("Rules, in the order in which they match"),
    "status": _("Status"),
}


@register.filter
def parts(diagram: Mapping[str, Any] | None) -> tuple[PartGroup, ...]:
    """The parts of a picture that can be looked into, by machine."""
    return device_inspection.parts(diagram)


@register.filter
def section_title(name: str) -> str | Promise:
    """The title of a section of lessons.inspection.inspector; an object's kind is its own."""
    return SECTIONS.get(name, name)


@register.simple_tag
def why_url(page: Playground, cell: Mapping[str, str]) -> str:
    """The query of the state in which this cell of the matrix is explained."""
    return replace(page.state, why=(cell["source"], cell["destination"])).query()


@register.simple_tag
def watch_url(page: Playground, why: Mapping[str, str]) -> str:
    """The query of the state in which the packet of an explained cell is sent."""
    result = page.matrix.result if page.matrix is not None and page.matrix.result else {}
    port = str(result.get("port", ""))
    flow = {
        "source": f"pod/{why['source']}",
        "destination": f"pod/{why['destination']}",
        "protocol": result.get("protocol", "tcp"),
        "port": int(port) if port.isdecimal() else None,
        "seed": 0,
    }
    return page.state.with_flow(**flow).query()
