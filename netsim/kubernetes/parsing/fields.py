"""Reading typed values out of a YAML tree; a value that does not fit raises an InputError that names its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from netsim.errors import InputError
from netsim.kubernetes.objects import Source
from netsim.kubernetes.parsing.yaml_source import (
    YamlMapping,
    YamlNode,
    YamlScalar,
    YamlSequence,
    child_path,
    shortened,
)

Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=StrEnum)

FEW_KEYS = 12
"""So many known keys are listed in an error even where it names the one that was meant."""
BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a document and its place. `node` is None where the key is absent or null, which is the same."""

    node: YamlNode | None
    path: str
    line: int
    file: str
    lines: dict[str, int] = field(repr=False)

    @classmethod
    def document(cls, file: str, node: YamlNode) -> Field:
        """Make the root of a new object; all fields read from it share one table of lines."""
        return cls(node, "", node.line, file, {})

    def as_document(self) -> Field:
        """Return this value as the root of an object of its own, as for the items of a List."""
        return Field(self.node, "", self.line, self.file, {})

    @property
    def source(self) -> Source:
        return Source(self.file, self.line, self.lines)

    @property
    def present(self) -> bool:
        return self.node is not None

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, YamlSequence)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, YamlMapping)

    def error(self, message: str) -> InputError:
        return InputError(self.file, self.line, shortened(self.path, 200), message)

    def wrong(self, wanted: str) -> InputError:
        """Make the error for a value that is missing or is not what is `wanted`."""
        if self.node is None:
            return self.error(f"missing; it must be {wanted}")
        return self.error(f"must be {wanted}, not {describe(self.node)}")

    def __getitem__(self, key: str) -> Field:
        """Return the value under `key`, absent if the key or this mapping is."""
        node, line = None, self.line
        path = child_path(self.path, key)
        mapping = self._mapping()
        if mapping is not None and key in mapping.entries:
            node, line = mapping.entries[key], mapping.key_lines[key]
            self.lines[path] = line
        return Field(None if _is_null(node) else node, path, line, self.file, self.lines)

    def items(self) -> Iterator[tuple[str, Field]]:
        """List keys and values of a mapping; none if it is absent."""
        mapping = self._mapping()
        for key in mapping.entries if mapping is not None else ():
            yield key, self[key]

    def refuse_unknown_keys(self, known: Collection[str]) -> None:
        """Raise InputError at the first key that is not in `known`, naming the nearest, and all if they are few."""
        for key, value in self.items():
            if key not in known:
                meant = _suggestion(key, known)
                listed = f"; known keys: {', '.join(sorted(known))}" if not meant or len(known) <= FEW_KEYS else ""
                raise value.error(f"unknown key{meant}{listed}")

    def each(self, read: Callable[[Field], Value]) -> tuple[Value, ...]:
        """Read every element of a list; none if it is absent."""
        return tuple(read(element) for element in self.elements())

    def elements(self) -> Iterator[Field]:
        """List the elements of a list; none if it is absent."""
        if self.node is None:
            return
        if not isinstance(self.node, YamlSequence):
            raise self.wrong("a list")
        for index, node in enumerate(self.node.items):
            path = child_path(self.path, index)
            self.lines[path] = node.line
            yield Field(None if _is_null(node) else node, path, node.line, self.file, self.lines)

    def maybe(self, read: Callable[[Field], Value]) -> Value | None:
        """Read the value, or return None if it is absent."""
        return read(self) if self.present else None

    def string(self, default: str | None = None) -> str:
        """Read a string; absent, the default; without a default it must be there."""
        if self.node is None and default is not None:
            return default
        if not isinstance(self.node, YamlScalar):
            raise self.wrong("a string")
        if self.node.tag not in ("str", "timestamp"):
            raise self.error(
                f'must be a string, not {describe(self.node)}; write it in quotes: "{shortened(self.node.text)}"'
            )
        return self.node.text

    def integer(self, low: int, high: int, default: int | None = None) -> int:
        """Read a whole number from `low` to `high`; absent, the default; without a default it must be there."""
        if self.node is None and default is not None:
            return default
        wanted = f"a whole number from {low} to {high}"
        if not isinstance(self.node, YamlScalar) or self.node.tag != "int":
            raise self.wrong(wanted + (" without quotes" if self._is_quoted_number() else ""))
        digits = self.node.text.lstrip("+-")
        if not digits.isdecimal() or len(digits) > 18 or (len(digits) > 1 and digits[0] == "0"):
            raise self.error(f"must be {wanted} in plain decimal digits, not {shortened(self.node.text)}")
        value = int(self.node.text)
        if not low <= value <= high:
            raise self.wrong(wanted)
        return value

    def port(self) -> int:
        """Read a port number."""
        return self.integer(1, 65535)

    def boolean(self, default: bool) -> bool:
        """Read true or false; absent, the default."""
        if self.node is None:
            return default
        if not isinstance(self.node, YamlScalar) or self.node.tag != "bool":
            raise self.wrong("true or false")
        return BOOLEANS[self.node.text.lower()]

    def choice(self, kind: type[Choice], default: Choice | None = None) -> Choice:
        """Read one of the values of `kind`; absent, the default; without a default it must be there."""
        if self.node is None and default is not None:
            return default
        return kind(self.one_of(tuple(kind)))

    def one_of(self, allowed: Collection[str], default: str | None = None) -> str:
        """Read one of the `allowed` strings."""
        text = self.string(default)
        if text not in allowed:
            hint = _suggestion(text, allowed)
            raise self.error(f"must be one of {', '.join(allowed)}, not {shortened(text)!r}{hint}")
        return text

    def parsed(self, parse: Callable[[str], Value]) -> Value:
        """Read a string and turn it into a value; `parse` raises ValueError with a message that says what is wrong."""
        text = self.string()
        try:
            return parse(text)
        except ValueError as error:
            raise self.error(str(error)) from None

    def string_map(self) -> dict[str, str]:
        """Read a mapping from strings to strings, empty if it is absent."""
        return {key: value.string() for key, value in self.items()}

    def option(self) -> str | int | bool:
        """Read a scalar whose type the reader does not know."""
        if isinstance(self.node, YamlScalar) and self.node.tag == "bool":
            return self.boolean(False)
        if isinstance(self.node, YamlScalar) and self.node.tag == "int":
            return self.integer(-(10**17), 10**17)
        return self.string()

    def _mapping(self) -> YamlMapping | None:
        if self.node is not None and not isinstance(self.node, YamlMapping):
            raise self.wrong("a mapping")
        return self.node

    def _is_quoted_number(self) -> bool:
        return isinstance(self.node, YamlScalar) and self.node.tag == "str" and self.node.text.isdecimal()


def describe(node: YamlNode) -> str:
    """Say in a few words what a value is."""
    match node:
        case YamlScalar(tag="str" | "timestamp"):
            return f"the string {shortened(node.text)!r}"
        case YamlScalar(tag="int" | "float"):
            return f"the number {shortened(node.text)}"
        case YamlScalar(tag="null"):
            return "null"
        case YamlScalar():
            return shortened(node.text)
        case YamlSequence():
            return "a list"
        case _:
            return "a mapping"


def _is_null(node: YamlNode | None) -> bool:
    return isinstance(node, YamlScalar) and node.tag == "null"


def _suggestion(text: str, allowed: Collection[str]) -> str:
    folded = {word.lower(): word for word in allowed}
    near = get_close_matches(shortened(text).lower(), folded, n=1)
    return f" (did you mean {folded[near[0]]}?)" if near else ""
