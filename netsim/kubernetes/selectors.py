"""Both forms of label selector: the equality map of a Service, and matchLabels with matchExpressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Operator(StrEnum):
    """Operators of a selector requirement; Gt and Lt exist for node affinity only."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"
    GT = "Gt"
    LT = "Lt"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of matchExpressions: `key operator values`."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Say whether `labels` meet this requirement.

        NotIn and DoesNotExist hold for an absent key (k8s.io/apimachinery pkg/labels, Requirement.Matches).
        """
        value = labels.get(self.key)
        match self.operator:
            case Operator.IN:
                return value in self.values
            case Operator.NOT_IN:
                return value not in self.values
            case Operator.EXISTS:
                return value is not None
            case Operator.DOES_NOT_EXIST:
                return value is None
            case Operator.GT | Operator.LT:
                return self._compares(value)

    def _compares(self, value: str | None) -> bool:
        if value is None or not value.lstrip("-").isdecimal():
            return False
        bound = int(self.values[0])
        return int(value) > bound if self.operator is Operator.GT else int(value) < bound


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """A `metav1.LabelSelector`: every label and every expression must hold; an empty one selects everything."""

    match_labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    match_expressions: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        return labels.items() >= self.match_labels.items() and all(r.matches(labels) for r in self.match_expressions)


def service_selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Say whether a Service with this `selector` picks a Pod with these `labels`.

    An empty selector picks nothing: the endpoints of such a Service are someone else's business
    (core/v1 ServiceSpec.selector).
    """
    return bool(selector) and labels.items() >= selector.items()
