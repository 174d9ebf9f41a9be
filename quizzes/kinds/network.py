"""The learner types an IP prefix, a port or a MAC address. Any usual notation counts."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.errors import InvalidAnswerError
from quizzes.kinds.typed import TypedKind, TypedSpec

HIGHEST_PORT = 65_535
GROUPS_OF_TWO = re.compile(r"[0-9a-f]{1,2}(?:([:-])[0-9a-f]{1,2})(?:\1[0-9a-f]{1,2}){4}")
GROUPS_OF_FOUR = re.compile(r"[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}")
NO_GROUPS = re.compile(r"[0-9a-f]{12}")


class NetworkSpec(TypedSpec):
    form: Literal["cidr", "port", "mac"]


class Network(TypedKind[NetworkSpec]):
    name = "network"
    label = gettext_lazy("Prefix, port or MAC address")
    rule = gettext_lazy("Type the value.")
    keys = gettext_lazy("form: cidr, port or mac; answer: value or path; mistakes: value or path, explanation")
    spec_type = NetworkSpec

    def rule_for(self, spec: NetworkSpec) -> str:
        rules = {
            "cidr": _("Type a network with its prefix length, such as 10.0.0.0/8 or 2001:db8::/32."),
            "port": _("Type one port number, from 1 to 65535."),
            "mac": _("Type a MAC address, such as 02:00:5e:10:00:01."),
        }
        return rules[spec.form]

    def field_label(self, spec: NetworkSpec) -> str:
        return {"cidr": _("Network"), "port": _("Port"), "mac": _("MAC address")}[spec.form]

    def present(self, spec: NetworkSpec, response: dict[str, Any], seed: str) -> dict[str, Any]:
        placeholders = {"cidr": "10.0.0.0/8", "port": "", "mac": "02:00:5e:10:00:01"}
        view = super().present(spec, response, seed) | {"placeholder": placeholders[spec.form]}
        return view | {"inputmode": "numeric"} if spec.form == "port" else view

    def parse(self, spec: NetworkSpec, text: str) -> Any:
        return {"cidr": parse_prefix, "port": parse_port, "mac": parse_mac}[spec.form](text)

    def noun(self, spec: NetworkSpec) -> str:
        return {"cidr": _("a prefix such as 10.0.0.0/8"), "port": _("a port"), "mac": _("a MAC address in quotes")}[
            spec.form
        ]


def parse_prefix(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Raises InvalidAnswerError that says what to change, without telling the network."""
    shown = {"text": text}
    address, slash, length = text.replace(" ", "").partition("/")
    if not slash:
        message = _("“%(text)s” has no prefix length. Add one, as in 10.0.0.0/8; a single IPv4 address is a /32.")
        raise InvalidAnswerError(message % shown)
    try:
        bits = ipaddress.ip_address(address).max_prefixlen
    except ValueError:
        message = _("“%(text)s” does not begin with an IP address. A network looks like 10.0.0.0/8 or 2001:db8::/32.")
        raise InvalidAnswerError(message % shown) from None
    if not (length.isascii() and length.isdecimal() and len(length) < 4 and int(length) <= bits):
        message = _("“%(text)s”: after the slash stands how many bits the prefix has, from 0 to %(bits)s.")
        raise InvalidAnswerError(message % (shown | {"bits": bits}))
    try:
        return ipaddress.ip_network(f"{address}/{length}")
    except ValueError:
        message = _(
            "“%(text)s” is an address in a network, not the network: all bits after the first %(length)s must be 0."
        )
        raise InvalidAnswerError(message % (shown | {"length": int(length)})) from None


def parse_port(text: str) -> int:
    """Raises InvalidAnswerError that says what to change."""
    if not (text.isascii() and text.isdecimal()):
        message = _("“%(text)s” is not a port number. Write the number alone, without a protocol, name or colon.")
        raise InvalidAnswerError(message % {"text": text})
    if not 1 <= int(text) <= HIGHEST_PORT:
        raise InvalidAnswerError(_("“%(text)s” is not a port. Ports go from 1 to 65535.") % {"text": text})
    return int(text)


def parse_mac(text: str) -> str:
    """Six octets in lower case with colons. Raises InvalidAnswerError that says what to change."""
    address = text.lower()
    if GROUPS_OF_TWO.fullmatch(address):
        return ":".join(octet.zfill(2) for octet in re.split("[:-]", address))
    digits = address.replace(".", "")
    if GROUPS_OF_FOUR.fullmatch(address) or NO_GROUPS.fullmatch(address):
        return ":".join(digits[start : start + 2] for start in range(0, 12, 2))
    message = _("“%(text)s” is not a MAC address: that has 12 hexadecimal digits, such as 02:00:5e:10:00:01.")
    raise InvalidAnswerError(message % {"text": text})
