"""Variants of a question: the same question about another Pod, port or cluster.

A specification may list `variants`, each a mapping of parameters. `[[name]]` anywhere else in it stands for the
parameter: inside a text it is written into the text, and a text that is nothing else becomes the parameter itself, so
that a number stays a number. Every variant is a complete question, with a key that has to hold by itself.

Instead of a list of variants there may be `vary`: for each parameter its values, and every combination is a variant.

Which variant an attempt gets depends on the attempt's seed only: a retry asks another variant, and none again before
all were asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from textwrap import shorten
from typing import Any

from django.utils.translation import gettext

from quizzes.errors import InvalidSpecError, Problem
from quizzes.kinds import QuestionSpec, parse_spec
from quizzes.seeds import count_of, series_of, shuffled

KEY, CROSSED = "variants", "vary"
PLACE = re.compile(r"\[\[([a-z][a-z0-9_]*)\]\]")
NAME = re.compile(r"[a-z][a-z0-9_]*")
MOST, MOST_CROSSED = 12, 36
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """`data` is the specification with the parameters in place, `spec` the same parsed. `index` counts from 0."""

    index: int
    parameters: dict[str, Any]
    data: dict[str, Any]
    spec: QuestionSpec

    @property
    def name(self) -> str:
        """For authors; "" for a question without variants."""
        return variant_name(self.index, self.parameters)

    def document(self) -> dict[str, Any] | None:
        """JSON: {"index", "parameters"}; None for a question without variants."""
        return {"index": self.index, "parameters": self.parameters} if self.parameters else None


def parse_variants(kind: str, data: Mapping[str, Any]) -> tuple[Variant, ...]:
    """All variants of a question, one where it has none. Raises InvalidSpecError that names keys and variants."""
    parameters, template = (
        list_of_parameters(data),
        {key: value for key, value in data.items() if key not in (KEY, CROSSED)},
    )
    require_known_places(template, set(parameters[0]))
    variants: list[Variant] = []
    problems: dict[tuple[Path, str], list[str]] = {}
    for index, values in enumerate(parameters):
        bound = bind(template, values)
        try:
            variants.append(Variant(index, values, bound, parse_spec(kind, bound)))
        except InvalidSpecError as error:
            for problem in error.problems:
                problems.setdefault(problem, []).append(variant_name(index, values))
    if problems:
        raise InvalidSpecError(tuple(located(problem, where, len(parameters)) for problem, where in problems.items()))
    return tuple(variants)


def choose(variants: tuple[Variant, ...], seed: str, slug: str) -> Variant:
    """The variant of the question with this slug that an attempt with this seed is asked."""
    order = shuffled(len(variants), f"{series_of(seed)}/{slug}")
    return variants[order[count_of(seed) % len(variants)]]


def count(data: Mapping[str, Any]) -> int:
    """In how many variants a question can be asked; one where its specification cannot be read."""
    try:
        return len(list_of_parameters(data))
    except InvalidSpecError:
        return 1


def variant_name(index: int, parameters: Mapping[str, Any]) -> str:
    """For authors: number and parameters, long ones cut."""
    values = ", ".join(f"{name}: {shorten(str(value), 40, placeholder=' …')}" for name, value in parameters.items())
    return gettext("variant {index} ({values})").format(index=index + 1, values=values) if parameters else ""


def located(problem: Problem, where: list[str], count: int) -> Problem:
    """A problem of some variants only says which."""
    path, message = problem
    return (
        problem
        if len(where) == count
        else (path, gettext("{message}, in {known}").format(message=message, known=", ".join(where)))
    )


def list_of_parameters(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each variant its parameters; [{}] without variants. Raises InvalidSpecError."""
    if KEY in data and CROSSED in data:
        raise InvalidSpecError.at(
            (CROSSED,), gettext("give either {key} or {crossed}").format(key=KEY, crossed=CROSSED)
        )
    if CROSSED in data:
        return crossed(data[CROSSED])
    if KEY not in data:
        return [{}]
    listed = data[KEY]
    if not isinstance(listed, list) or not 2 <= len(listed) <= MOST:
        raise InvalidSpecError.at((KEY,), gettext("must be a list of 2 to {most} variants").format(most=MOST))
    if problems := tuple(parameter_problems(listed)):
        raise InvalidSpecError(problems)
    return [dict(parameters) for parameters in listed]


def crossed(values: Any) -> list[dict[str, Any]]:
    """Every combination of the values, the last parameter changing fastest. Raises InvalidSpecError."""
    if not isinstance(values, Mapping) or not values:
        raise InvalidSpecError.at(
            (CROSSED,), gettext("must be a mapping of parameters to lists, such as {port: [80, 81]}")
        )
    for name, listed in values.items():
        if not isinstance(listed, list) or not listed:
            raise InvalidSpecError.at((CROSSED, str(name)), gettext("must be a list of values"))
    count = prod(len(listed) for listed in values.values())
    if not 2 <= count <= MOST_CROSSED:
        raise InvalidSpecError.at(
            (CROSSED,),
            gettext("makes {count} variants; 2 to {most} are possible").format(count=count, most=MOST_CROSSED),
        )
    combined = [dict(zip(values, combination, strict=True)) for combination in product(*values.values())]
    if problems := tuple(parameter_problems(combined)):
        raise InvalidSpecError(tuple(((CROSSED, *path[2:]), message) for path, message in problems))
    return combined


def parameter_problems(listed: list[Any]) -> Iterator[Problem]:
    for index, parameters in enumerate(listed):
        if not isinstance(parameters, Mapping) or not parameters:
            yield (KEY, index), gettext("must be a mapping of parameters, such as {pod: web-0}")
            continue
        for name, value in parameters.items():
            if not isinstance(name, str) or not NAME.fullmatch(name):
                yield (
                    (KEY, index),
                    gettext("{name} is no name: use lower-case letters, digits and _, a letter first").format(
                        name=repr(name)
                    ),
                )
            elif isinstance(value, bool) or not isinstance(value, str | int | float):
                yield (KEY, index, name), gettext("must be text or a number")
        if isinstance(listed[0], Mapping) and set(parameters) != set(listed[0]):
            yield (
                (KEY, index),
                gettext("must have the same names as the first: {known}").format(known=", ".join(map(str, listed[0]))),
            )
        if parameters in listed[:index]:
            yield (KEY, index), gettext("is the same as variants[{index}]").format(index=listed.index(parameters))


def require_known_places(template: Mapping[str, Any], names: set[str]) -> None:
    """Every [[name]] is a parameter and every parameter stands somewhere. Raises InvalidSpecError."""
    used = set()
    problems: list[Problem] = []
    for path, text in texts(template):
        for name in PLACE.findall(text):
            used.add(name)
            if name not in names:
                known = (
                    gettext("there are {known}").format(known=", ".join(sorted(names)))
                    if names
                    else gettext("the question has no variants")
                )
                problems.append((path, gettext("[[{name}]] is no parameter; {known}").format(name=name, known=known)))
    if unused := sorted(names - used):
        problems.append(
            ((KEY, 0, unused[0]), gettext("[[{unused}]] stands nowhere in the question").format(unused=unused[0]))
        )
    if problems:
        raise InvalidSpecError(tuple(problems))


def texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text in the data, keys of mappings included, with its place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from texts(key, path)
            yield from texts(child, (*path, key))
    elif isinstance(value, list | tuple):
        for index, child in enumerate(value):
            yield from texts(child, (*path, index))


def bind(value: Any, parameters: Mapping[str, Any]) -> Any:
    """The data with parameters in their places."""
    if isinstance(value, Mapping):
        return {bind_key(key, parameters): bind(child, parameters) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [bind(child, parameters) for child in value]
    if not isinstance(value, str) or not parameters:
        return value
    if whole := PLACE.fullmatch(value.strip()):
        return parameters[whole[1]]
    return PLACE.sub(lambda place: str(parameters[place[1]]), value)


def bind_key(key: Any, parameters: Mapping[str, Any]) -> Any:
    return str(bind(key, parameters)) if isinstance(key, str) else key
