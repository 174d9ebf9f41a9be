"""Plain values as the API has them: addresses as text, and keys that say nothing left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from netsim.kubernetes.selectors import LabelSelector, Requirement

Manifest = dict[str, Any]
"""An object as its manifest has it: dictionaries with string keys, lists, strings, whole numbers and truth values."""


def compact(values: Mapping[str, object]) -> Manifest:
    """Leave out what is None, "" or an empty list; an empty mapping says something, such as "every Pod"."""
    return {key: value for key, value in values.items() if value is not None and value != "" and value != []}


def texts(values: Iterable[object]) -> list[str]:
    """Addresses, networks or names as a list of strings."""
    return [str(value) for value in values]


def unless(value: object, default: object) -> Any:
    """The value, or None where it is the default, which need not be written."""
    return None if value == default else value


def mapping(values: Mapping[str, str]) -> dict[str, str] | None:
    """A mapping such as labels; None where it is empty."""
    return dict(values) or None


def selector_of(selector: LabelSelector) -> Manifest:
    """A metav1.LabelSelector; ``{}`` selects everything."""
    expressions = [requirement_of(each) for each in selector.match_expressions]
    return compact({"matchLabels": mapping(selector.match_labels), "matchExpressions": expressions})


def requirement_of(requirement: Requirement) -> Manifest:
    """One element of matchExpressions."""
    operator = str(requirement.operator)
    return compact({"key": requirement.key, "operator": operator, "values": list(requirement.values)})
