"""The learner types an IP address. It is compared as an address, not as text."""

from __future__ import annotations

import ipaddress
import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.errors import InvalidAnswerError
from quizzes.kinds.typed import TypedKind, TypedSpec

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
FOUR_NUMBERS = re.compile(r"^\d+(\.\d+){3}$", re.ASCII)


class IpAddressSpec(TypedSpec):
    pass


class IpAddress(TypedKind[IpAddressSpec]):
    name = "ip_address"
    label = gettext_lazy("IP address")
    rule = gettext_lazy("Type one IPv4 or IPv6 address, without a port or a prefix length.")
    keys = gettext_lazy("answer: value or path; mistakes: value or path, explanation")
    spec_type = IpAddressSpec
    placeholder = "10.0.0.1"

    def parse(self, spec: IpAddressSpec, text: str) -> Address:
        return parse_address(text)

    def noun(self, spec: IpAddressSpec) -> str:
        return _("an IP address")


def parse_address(text: str) -> Address:
    """Raises InvalidAnswerError that says what to change."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise InvalidAnswerError(what_is_wrong(text)) from None


def what_is_wrong(text: str) -> str:
    shown = {"text": text}
    if "/" in text:
        alone = shown | {"address": text.split("/")[0]}
        return _("“%(text)s” has a prefix length. Give the address alone: “%(address)s”.") % alone
    if text.startswith("["):
        return _("“%(text)s” is in brackets, as in a URL. Give the address alone.") % shown
    if text.count(".") == 3 and text.count(":") == 1:
        alone = shown | {"address": text.split(":")[0]}
        return _("“%(text)s” has a port. Give the address alone: “%(address)s”.") % alone
    if FOUR_NUMBERS.match(text) and all(len(part) < 4 and int(part) < 256 for part in text.split(".")):
        return (
            _("“%(text)s” has a number with a leading zero, which some programs read as octal. Leave the zero out.")
            % shown
        )
    return _("“%(text)s” is not an IP address. IPv4 looks like 10.0.0.1, IPv6 like 2001:db8::1.") % shown


def address_of(endpoint: str) -> str:
    """The address of ADDRESS:PORT, [ADDRESS]:PORT or a plain ADDRESS; other text as it is, up to its colon."""
    if endpoint.startswith("["):
        return endpoint[1:].partition("]")[0]
    return endpoint if endpoint.count(":") > 1 else endpoint.partition(":")[0]
