"""The words in the labels of a picture, said in the reader's language when it is shown.

    in_language(diagram)   a diagram of lessons.picture.drawing.draw with its labels said again

Boxes keep the size that the English label was given, so a translation should not be much longer than its message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from lessons import phrases

LABELS = (
    gettext_noop("host network"),
    gettext_noop("netfilter · rules"),
    gettext_noop("routing · tables"),
    gettext_noop("eBPF programs"),
    gettext_noop("{name} bridge · {address}"),
    gettext_noop("{name} bridge"),
    gettext_noop("underlay · {network}"),
    gettext_noop("to {pod}"),
    gettext_noop("process on {node}"),
    gettext_noop("client outside"),
    gettext_noop("outside {address}"),
    gettext_noop("no address of its own"),
    gettext_noop("policy · {namespace}"),
    gettext_noop("node port {number}"),
    gettext_noop("1 address"),
    gettext_noop("{number} addresses"),
)
ROLES = (
    gettext_noop("from Pod · {namespace}"),
    gettext_noop("from node {node}"),
    gettext_noop("from the outside"),
    gettext_noop("from {pod}"),
    gettext_noop("to Pod · {namespace}"),
    gettext_noop("to node {node}"),
    gettext_noop("to the outside"),
    gettext_noop("to Service {name}"),
    gettext_noop("at Pod · {namespace}"),
    gettext_noop("at node {node}"),
    gettext_noop("at {pod}"),
    gettext_noop("from · policy"),
    gettext_noop("to · policy"),
    gettext_noop("at · policy"),
)
"""Labels after the words of lessons.picture.roles."""
phrases.register(*LABELS, *ROLES)


def in_language(diagram: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same diagram where the language is that of results."""
    if phrases.as_stored():
        return diagram
    return {**diagram, "elements": [_said(element) for element in diagram["elements"]]}


def _said(element: Mapping[str, Any]) -> Mapping[str, Any]:
    label = element["data"].get("label")
    if not label:
        return element
    lines = [phrases.shown(line) for line in label.split("\n")]
    return {**element, "data": {**element["data"], "label": "\n".join(lines)}}
