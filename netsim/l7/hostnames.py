"""Which host names a pattern takes. Ingress and Gateway API read a wildcard differently."""

from __future__ import annotations


def ingress_host_matches(pattern: str, host: str) -> bool:
    """Whether an Ingress rule's host takes a request's: ``*.`` stands for exactly one label (IngressRule.host)."""
    if not pattern or pattern == host:
        return True
    first, _, rest = host.partition(".")
    return pattern.startswith("*.") and bool(first) and rest == pattern[2:]


def gateway_host_matches(pattern: str, host: str) -> bool:
    """Whether a listener's or route's hostname takes a request's: ``*.`` stands for one label or more.

    Source: Hostname in apis/v1/shared_types.go of Gateway API ("interpreted as a suffix match").
    """
    if not pattern or pattern == host:
        return True
    return pattern.startswith("*.") and host.endswith(pattern[1:]) and len(host) > len(pattern) - 1


def intersection(one: str, other: str) -> str | None:
    """The narrower of two hostnames that overlap, "" being all names; None where no name fits both."""
    if not one or not other:
        return one or other
    narrow, wide = (one, other) if specificity(one) >= specificity(other) else (other, one)
    if narrow == wide:
        return narrow
    if not wide.startswith("*."):
        return None
    return narrow if narrow.removeprefix("*").endswith(wide[1:]) else None


def specificity(pattern: str) -> tuple[int, int]:
    """Larger for the pattern that is to be preferred: an exact name, then the longer wildcard, then none."""
    return (0 if pattern.startswith("*.") or not pattern else len(pattern), len(pattern))
