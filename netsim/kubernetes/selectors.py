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

    @property
    def text(self) -> str:
        """As kubectl prints it (k8s.io/apimachinery pkg/labels, Requirement.String)."""
        listed = f"({','.join(self.values)})"
        match self.operator:
            case Operator.IN:
                return f"{self.key} in {listed}"
            case Operator.NOT_IN:
                return f"{self.key} notin {listed}"
            case Operator.EXISTS:
                return self.key
            case Operator.DOES_NOT_EXIST:
                return f"!{self.key}"
            case Operator.GT | Operator.LT:
                return f"{self.key}{'>' if self.operator is Operator.GT else '<'}{self.values[0]}"

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

    @property
    def text(self) -> str:
        """As kubectl prints it: `app=web,tier in (a,b)`; "" for the selector that selects everything."""
        return ",".join([f"{k}={v}" for k, v in self.match_labels.items()] + [r.text for r in self.match_expressions])

    def matches(self, labels: Mapping[str, str]) -> bool:
        return labels.items() >= self.match_labels.items() and all(r.matches(labels) for r in self.match_expressions)


def service_selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Say whether a Service with this `selector` picks a Pod with these `labels`.

    An empty selector picks nothing: the endpoints of such a Service are someone else's business
    (core/v1 ServiceSpec.selector).
    """
    return bool(selector) and labels.items() >= selector.items()
