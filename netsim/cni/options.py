"""``spec.cni.options`` of the ClusterNetwork document: what a plugin's own settings may hold."""

from __future__ import annotations

from collections.abc import Mapping

from netsim.kubernetes.settings import ClusterNetwork, OptionValue

Allowed = range | tuple[str, ...] | None
"""The numbers or words that are allowed; None for true or false."""


def known_options(settings: ClusterNetwork, known: Mapping[str, Allowed]) -> Mapping[str, OptionValue]:
    """The options as written; InputError for one that the plugin does not have, or for a value that it cannot take."""
    cni = settings.cni
    for name, value in cni.options.items():
        place = f"spec.cni.options.{name}"
        if name not in known:
            words, listed = f"{cni.plugin} {cni.backend}".strip(), ", ".join(known) or "none"
            raise settings.source.error(place, f"{words} has no such option; known: {listed}")
        wrong = _what_is_wrong(known[name], value)
        if wrong:
            raise settings.source.error(place, f"{wrong}, not {value!r}")
    return cni.options


def _what_is_wrong(allowed: Allowed, value: OptionValue) -> str | None:
    match allowed:
        case None:
            return None if isinstance(value, bool) else "must be true or false"
        case range():
            fits = type(value) is int and value in allowed
            return None if fits else f"must be a number from {allowed[0]} to {allowed[-1]}"
        case _:
            return None if value in allowed else f"must be one of {', '.join(allowed)}"
