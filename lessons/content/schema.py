"""What every schema of written content shares: names, strict models, errors with file and key, bounded YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

import yaml
from django.utils.translation import gettext
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
ObjectName = Annotated[str, Field(pattern=r"^[a-z0-9.-]+(/[a-z0-9.-]+)?$", max_length=320)]
Scalar = str | int | float | bool | None
LONGEST_YAML = 100_000
FAST_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, where PyYAML was built with it."""


class ContentError(Exception):
    """Content that cannot be accepted. Each problem reads `key: what is wrong`, after the file's name if any."""

    def __init__(self, file: str, problems: tuple[str, ...]) -> None:
        self.file = file
        self.problems = problems
        super().__init__("\n".join(f"{file}: {problem}" if file else problem for problem in problems))


class Content(BaseModel):
    """Texts lose white space at both ends, as they do in the admin's forms."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, str_strip_whitespace=True)


Model = TypeVar("Model", bound=BaseModel)
Read = TypeVar("Read")


def parse(model: type[Model], data: object, file: str = "") -> Model:
    """Validates data against a model. Raises ContentError."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ContentError(file, tuple(_problem(detail) for detail in causes(error))) from error


def causes(error: ValidationError) -> list[Mapping[str, Any]]:
    """Without the errors that only follow from others: a list is called too short when its entries are wrong."""
    details = error.errors()
    places = [detail["loc"] for detail in details]

    def follows(detail: Mapping[str, Any]) -> bool:
        loc = detail["loc"]
        return detail["type"] == "too_short" and any(place[: len(loc)] == loc != place for place in places)

    return [detail for detail in details if not follows(detail)]


def plainly(detail: Mapping[str, Any]) -> str:
    """What is wrong, in words for authors who do not know the library that found it."""
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return gettext("is missing")
        case "extra_forbidden":
            return gettext("no such key here")
        case "too_short":
            return gettext("needs at least {min_length} entries, has {actual_length}").format(
                min_length=context["min_length"], actual_length=context["actual_length"]
            )
        case "string_too_short":
            return gettext("must not be empty")
        case "string_type":
            return gettext("must be a text: numbers, and words such as yes, need quotes")
        case "list_type" | "tuple_type":
            return gettext("must be a list, such as [one, two]")
        case "dict_type" | "model_type":
            return gettext("must be keys with values, such as key: value")
        case "int_type" | "int_parsing":
            return gettext("must be a whole number")
        case "bool_type" | "bool_parsing":
            return gettext("must be true or false")
    return str(detail["msg"]).removeprefix("Value error, ")


def read_yaml(text: str, file: str = "") -> object:
    """One YAML document as plain data; None for an empty one. Raises ContentError with line and column.

    Aliases are refused: a few lines of them can stand for more data than there is memory.
    """
    if len(text) > LONGEST_YAML:
        raise ContentError(
            file,
            (
                gettext("the text has {count} characters; {most} are allowed").format(
                    count=f"{len(text):,}", most=f"{LONGEST_YAML:,}"
                ),
            ),
        )
    try:
        return with_fast_loader(lambda loader: _plain_data(text, file, loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (
            gettext("line {line}, column {column}: ").format(line=mark.line + 1, column=mark.column + 1) if mark else ""
        )
        raise ContentError(file, (f"{place}{error.problem or error.context}",)) from error
    except yaml.YAMLError as error:
        raise ContentError(file, (str(error),)) from error


def with_fast_loader(read: Callable[[type[yaml.SafeLoader]], Read]) -> Read:
    """What `read` returns. Text that libyaml refuses is read once more by PyYAML itself, whose errors name the place
    better: libyaml finds an unclosed bracket on the line after the last."""
    try:
        return read(FAST_LOADER)
    except (yaml.YAMLError, UnicodeEncodeError):
        return read(yaml.SafeLoader)


def _plain_data(text: str, file: str, loader: type[yaml.SafeLoader]) -> object:
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            place = gettext("line {line}: ").format(line=event.start_mark.line + 1) if event.start_mark else ""
            problem = gettext("{place}the alias *{anchor} is not allowed: write out what it stands for").format(
                place=place, anchor=event.anchor
            )
            raise ContentError(file, (problem,))
    return yaml.load(text, loader)  # noqa: S506 (a safe loader)


def _problem(detail: Mapping[str, Any]) -> str:
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).removeprefix(".")
    message = plainly(detail)
    return f"{key}: {message}" if key else message
