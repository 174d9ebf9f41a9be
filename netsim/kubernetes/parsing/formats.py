"""The formats of names and addresses in the Kubernetes API, strict as the API server is since 1.36.

Every function takes a string and returns its value, or raises ValueError with a message that says what is allowed.
Sources: k8s.io/apimachinery pkg/util/validation; KEP-4858 for addresses (no leading zeros, no host bits in a CIDR).
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

from netsim.kubernetes.objects import IPAddress, IPNetwork
from netsim.kubernetes.parsing.yaml_source import shortened

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
QUALIFIED_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
DEVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}")
PORT_NAME = re.compile(r"(?!.*--)(?=.*[a-z])[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def dns_label(text: str) -> str:
    """Check an RFC 1123 label: the name of a Namespace, a Service or a Service port."""
    if len(text) > 63 or not LABEL.fullmatch(text):
        raise ValueError(
            f"{shortened(text)!r} is not a DNS label: use at most 63 lower-case letters, digits and '-', "
            "starting and ending with a letter or digit"
        )
    return text


def dns_subdomain(text: str) -> str:
    """Check an RFC 1123 subdomain: the name of most objects."""
    if len(text) > 253 or not SUBDOMAIN.fullmatch(text):
        raise ValueError(
            f"{shortened(text)!r} is not a DNS name: use at most 253 lower-case letters, digits, '-' and '.', "
            "each part starting and ending with a letter or digit"
        )
    return text


def port_name(text: str) -> str:
    """Check the name of a container port, which a Service can use as targetPort (IANA service name)."""
    if len(text) > 15 or not PORT_NAME.fullmatch(text):
        raise ValueError(
            f"{shortened(text)!r} is not a port name: use at most 15 lower-case letters, digits and single '-', "
            "with at least one letter"
        )
    return text


def device_name(text: str) -> str:
    """Check the name of a Linux network device, of at most 15 characters (IFNAMSIZ, dev_valid_name)."""
    if not DEVICE_NAME.fullmatch(text):
        raise ValueError(
            f"{shortened(text)!r} is not the name of a network device: use at most 15 letters, digits, '-', '_' and '.'"
        )
    return text


def label_key(text: str) -> str:
    """Check a label key: a name of at most 63 characters, after an optional DNS prefix and '/'."""
    prefix, slash, name = text.rpartition("/")
    if slash:
        dns_subdomain(prefix)
    if len(name) > 63 or not QUALIFIED_NAME.fullmatch(name):
        raise ValueError(
            f"{shortened(text)!r} is not a label key: use [prefix/]name, the name at most 63 letters, digits, "
            "'-', '_' and '.', starting and ending with a letter or digit"
        )
    return text


def label_value(text: str) -> str:
    """Check a label value, which may be empty."""
    if len(text) > 63 or (text and not QUALIFIED_NAME.fullmatch(text)):
        raise ValueError(
            f"{shortened(text)!r} is not a label value: use at most 63 letters, digits, '-', '_' and '.', "
            "starting and ending with a letter or digit"
        )
    return text


def address(text: str) -> IPAddress:
    """Parse an IPv4 or IPv6 address."""
    try:
        value = ip_address(text)
    except ValueError:
        raise ValueError(f"{shortened(text)!r} is not an IP address{_leading_zeros(text)}") from None
    if "%" in text:
        raise ValueError(f"{shortened(text)!r} is not an IP address: a zone is not allowed here")
    return value


def network(text: str) -> IPNetwork:
    """Parse a CIDR such as 10.244.0.0/16; blanks around it are dropped, as the API server does."""
    text = text.strip()
    host, slash, length = text.partition("/")
    if not slash or not (length.isascii() and length.isdecimal()) or length != str(int(length)):
        raise ValueError(f"{shortened(text)!r} is not a CIDR: write address/prefix length, such as 10.244.0.0/16")
    try:
        value = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{shortened(text)!r} is not a CIDR{_leading_zeros(host)}") from None
    if value.network_address != ip_address(host):
        raise ValueError(f"{shortened(text)!r} is not a CIDR: it has host bits set; did you mean {value}?")
    return value


def legacy_network(text: str) -> IPNetwork:
    """Parse a CIDR of a NetworkPolicy, whose host bits are dropped (ParseCIDRSloppy in pkg/apis/networking/validation).

    A cluster keeps such a value in an object that is older than the strict validation, and a dump shows it.
    """
    host, slash, length = text.strip().partition("/")
    if not slash or not (length.isascii() and length.isdecimal()):
        raise ValueError(f"{shortened(text)!r} is not a CIDR: write address/prefix length, such as 10.244.0.0/16")
    try:
        return ip_network(f"{address(host)}/{int(length)}", strict=False)
    except ValueError:
        raise ValueError(f"{shortened(text)!r} is not a CIDR{_leading_zeros(host)}") from None


def networks(text: str) -> tuple[IPNetwork, ...]:
    """Parse one CIDR, or two with a comma between them for two address families."""
    values = tuple(network(part) for part in text.split(","))
    if len(values) > 2 or len({value.version for value in values}) < len(values):
        raise ValueError(f"{shortened(text)!r} must be one CIDR, or an IPv4 and an IPv6 one with a comma between them")
    return values


def _leading_zeros(text: str) -> str:
    has_zeros = any(len(part) > 1 and part.startswith("0") and part.isdecimal() for part in text.split("."))
    return ": numbers in it may not have leading zeros" if "." in text and has_zeros else ""
