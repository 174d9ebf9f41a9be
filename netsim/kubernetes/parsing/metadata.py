"""metadata and label selectors, which all kinds share."""

from __future__ import annotations

from collections.abc import Callable

from netsim.kubernetes.objects import ObjectMeta, OwnerReference
from netsim.kubernetes.parsing import formats
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.selectors import LabelSelector, Operator, Requirement

LABEL_OPERATORS = (Operator.IN, Operator.NOT_IN, Operator.EXISTS, Operator.DOES_NOT_EXIST)


def read_meta(
    root: Field, *, namespaced: bool = True, name_format: Callable[[str], str] = formats.dns_subdomain
) -> ObjectMeta:
    """Read `metadata` of an object; without a namespace it is in `default`."""
    meta = root["metadata"]
    namespace = meta["namespace"].maybe(lambda field: field.parsed(formats.dns_label)) or "default"
    if not meta["name"].present and meta["generateName"].present:
        raise meta["name"].error("missing; generateName is not enough here, because names must not change between runs")
    return ObjectMeta(
        name=meta["name"].parsed(name_format),
        namespace=namespace if namespaced else "",
        labels=read_labels(meta["labels"]),
        annotations=meta["annotations"].string_map(),
        uid=meta["uid"].string(""),
        owner=_controller(meta["ownerReferences"]),
        source=root.source,
    )


def read_labels(field: Field) -> dict[str, str]:
    """Read a mapping of label keys to label values."""
    for key, value in field.items():
        _checked_key(value, key)
        value.parsed(formats.label_value)
    return field.string_map()


def read_label_selector(field: Field) -> LabelSelector:
    """Read a metav1.LabelSelector."""
    field.refuse_unknown_keys(("matchLabels", "matchExpressions"))
    return LabelSelector(
        match_labels=read_labels(field["matchLabels"]),
        match_expressions=field["matchExpressions"].each(lambda each: read_requirement(each, LABEL_OPERATORS)),
    )


def read_requirement(field: Field, operators: tuple[Operator, ...]) -> Requirement:
    """Read one element of matchExpressions, whose operator must be one of `operators`."""
    field.refuse_unknown_keys(("key", "operator", "values"))
    key = field["key"].parsed(formats.label_key)
    operator = Operator(field["operator"].one_of([operator.value for operator in operators]))
    values = field["values"].each(lambda each: each.parsed(formats.label_value))
    if operator in (Operator.IN, Operator.NOT_IN) and not values:
        raise field["values"].error(f"must list at least one value for the operator {operator}")
    if operator in (Operator.EXISTS, Operator.DOES_NOT_EXIST) and values:
        raise field["values"].error(f"must be left out for the operator {operator}")
    if operator in (Operator.GT, Operator.LT) and not (len(values) == 1 and values[0].lstrip("-").isdecimal()):
        raise field["values"].error(f"must be one whole number, in quotes, for the operator {operator}")
    return Requirement(key, operator, values)


def _checked_key(place: Field, key: str) -> str:
    try:
        return formats.label_key(key)
    except ValueError as error:
        raise place.error(str(error)) from None


def _controller(references: Field) -> OwnerReference | None:
    for reference in references.elements():
        if reference["controller"].boolean(False):
            return OwnerReference(reference["kind"].string(), reference["name"].string())
    return None
