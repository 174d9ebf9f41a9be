"""YAML (and so JSON) text as a tree whose every value knows its line, refused early when it is too much.

Rule 1: nothing is built before it is counted; the text is read as a stream of events, so depth, number of values and
alias expansion are bounded while reading. Rule 2: this file knows no Kubernetes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import yaml

from netsim.errors import InputError

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TAG_PREFIX = "tag:yaml.org,2002:"
SCALAR_TAGS = frozenset(TAG_PREFIX + name for name in ("str", "int", "float", "bool", "null", "timestamp"))
COLLECTION_TAGS = frozenset(("!", TAG_PREFIX + "map", TAG_PREFIX + "seq"))
PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may hold; `values` counts scalars, lists and mappings with every alias expanded."""

    characters: int = 20_000_000
    depth: int = 64
    values: int = 550_000
    documents: int = 30_000


DEFAULT_LIMITS = Limits()


@dataclass(slots=True)
class YamlNode:
    """One YAML value. `weight` is the number of values in it, `height` the levels below it, aliases expanded."""

    line: int
    weight: int = field(default=1, kw_only=True)
    height: int = field(default=0, kw_only=True)


@dataclass(slots=True)
class YamlScalar(YamlNode):
    """`tag` is the short name of its type: str, int, float, bool, null or timestamp."""

    text: str
    tag: str


@dataclass(slots=True)
class YamlSequence(YamlNode):
    items: list[YamlNode] = field(default_factory=list)


@dataclass(slots=True)
class YamlMapping(YamlNode):
    entries: dict[str, YamlNode] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)


def shortened(text: str, length: int = 60) -> str:
    """Cut a text that is too long for a message."""
    return text if len(text) <= length else text[: length - 1] + "…"


def child_path(path: str, key: str | int) -> str:
    """Append a key or an index to a path: `spec`, `ports`, 0 make `spec.ports[0]`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if not PLAIN_KEY.fullmatch(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def read_documents(file: str, text: str, limits: Limits = DEFAULT_LIMITS) -> list[YamlNode]:
    """Read every document of `text` that is not empty.

    Raises InputError, with the line, for text that is not YAML, that goes beyond `limits`, that repeats a key, that
    contains itself through an alias, or that uses a tag of its own.
    """
    if len(text) > limits.characters:
        raise InputError(
            file, 1, "", f"{len(text):,} characters are more than the {limits.characters:,} that one file may have"
        )
    if text.count("\n") + text.count(",") > limits.values:
        message = f"more lines and list elements than {limits.values:,} values can have; split the file"
        raise InputError(file, 1, "", message)
    builder = _TreeBuilder(file, limits)
    try:
        for event in yaml.parse(text, Loader=Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise InputError(file, *_syntax_error(error, text)) from None
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise InputError(file, line, "", f"not a text file: {error.reason}") from None
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise InputError(file, line, "", "not a text file: it holds half of a surrogate pair") from None
    return builder.documents


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _syntax_error(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str, str]:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    message = f"not valid YAML: {error.problem or error.context}"
    if error.context and error.context_mark and error.problem:
        message += f" ({error.context} that starts on line {error.context_mark.line + 1})"
    lines = text.splitlines()
    if line <= len(lines) and lines[line - 1][: mark.column + 1 if mark else 0].lstrip(" ").startswith("\t"):
        message = "not valid YAML: the line is indented with a tab; use spaces"
    return line, "", message


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being read; `key` is the mapping key that waits for its value."""

    node: YamlSequence | YamlMapping
    anchor: str | None
    key: YamlScalar | None = None


class _TreeBuilder:
    """Turns YAML events into trees, one event at a time."""

    def __init__(self, file: str, limits: Limits) -> None:
        self.file = file
        self.limits = limits
        self.documents: list[YamlNode] = []
        self.frames: list[_Frame] = []
        self.anchors: dict[str, YamlNode] = {}
        self.values = 0
        self.resolve: Callable[..., str] = yaml.resolver.Resolver().resolve

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._add(self._scalar(event), event.anchor, _line(event))
            case yaml.MappingStartEvent():
                self._open(YamlMapping(_line(event)), event)
            case yaml.SequenceStartEvent():
                self._open(YamlSequence(_line(event)), event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close()
            case yaml.AliasEvent():
                self._add(self._aliased(event), None, _line(event))
            case yaml.DocumentEndEvent():
                self.anchors.clear()

    def _scalar(self, event: yaml.ScalarEvent) -> YamlScalar:
        line = _line(event)
        self._count(1, line)
        tag = event.tag
        if tag is None or tag == "!":
            tag = self.resolve(yaml.ScalarNode, event.value, event.implicit)
        if event.value == "<<" and tag == TAG_PREFIX + "merge":
            return YamlScalar(line, "<<", "merge")
        if tag not in SCALAR_TAGS:
            raise self._error(line, f"the tag {shortened(tag)} is not supported; write the value without it")
        return YamlScalar(line, event.value, tag.removeprefix(TAG_PREFIX))

    def _open(self, node: YamlSequence | YamlMapping, event: yaml.CollectionStartEvent) -> None:
        self._count(1, node.line)
        if event.tag and event.tag not in COLLECTION_TAGS:
            raise self._error(node.line, f"the tag {shortened(event.tag)} is not supported; write the value without it")
        if self._awaits_key():
            raise self._error(node.line, "a key must be a simple value, not a list or a mapping")
        if len(self.frames) >= self.limits.depth:
            raise self._error(node.line, f"nested deeper than {self.limits.depth} levels")
        self.frames.append(_Frame(node, event.anchor))

    def _close(self) -> None:
        frame = self.frames.pop()
        if isinstance(frame.node, YamlMapping):
            self._merge(frame.node)
        self._add(frame.node, frame.anchor, frame.node.line)

    def _aliased(self, event: yaml.AliasEvent) -> YamlNode:
        line, name = _line(event), event.anchor or ""
        if any(frame.anchor == name for frame in self.frames):
            raise self._error(line, f"the alias *{shortened(name)} contains itself")
        if name not in self.anchors:
            raise self._error(line, f"the alias *{shortened(name)} has no &{shortened(name)} before it")
        target = self.anchors[name]
        self._count(target.weight, line)
        if len(self.frames) + target.height > self.limits.depth:
            raise self._error(line, f"with its aliases expanded, nested deeper than {self.limits.depth} levels")
        return target

    def _add(self, node: YamlNode, anchor: str | None, line: int) -> None:
        """Hang a finished value into the list or mapping around it; without one it is a document."""
        if anchor:
            self.anchors[anchor] = node
        if not self.frames:
            self._add_document(node)
            return
        frame = self.frames[-1]
        frame.node.weight += node.weight
        frame.node.height = max(frame.node.height, node.height + 1)
        if isinstance(frame.node, YamlSequence):
            frame.node.items.append(node)
        elif frame.key is None:
            frame.key = self._key(frame.node, node, line)
        else:
            frame.node.entries[frame.key.text] = node
            frame.key = None

    def _add_document(self, node: YamlNode) -> None:
        if isinstance(node, YamlScalar) and node.tag == "null":
            return
        if len(self.documents) >= self.limits.documents:
            raise self._error(node.line, f"more than {self.limits.documents:,} documents in one file")
        self.documents.append(node)

    def _key(self, mapping: YamlMapping, node: YamlNode, line: int) -> YamlScalar:
        if not isinstance(node, YamlScalar):
            raise self._error(line, "a key must be a simple value, not a list or a mapping")
        if node.text in mapping.key_lines:
            first = mapping.key_lines[node.text]
            place = child_path(self._path(), node.text)
            raise InputError(self.file, line, place, f"the key is repeated; it is already on line {first}")
        mapping.key_lines[node.text] = line
        return node

    def _merge(self, mapping: YamlMapping) -> None:
        """Apply the merge key `<<`: keys of the mappings it names that are not set beside it."""
        if "<<" not in mapping.entries:
            return
        line = mapping.key_lines.pop("<<")
        merged = mapping.entries.pop("<<")
        for source in merged.items if isinstance(merged, YamlSequence) else [merged]:
            if not isinstance(source, YamlMapping):
                raise self._error(line, "<< must name a mapping or a list of mappings")
            for key, value in source.entries.items():
                if key not in mapping.entries:
                    mapping.entries[key] = value
                    mapping.key_lines[key] = source.key_lines[key]

    def _awaits_key(self) -> bool:
        return bool(self.frames) and isinstance(self.frames[-1].node, YamlMapping) and self.frames[-1].key is None

    def _count(self, values: int, line: int) -> None:
        self.values += values
        if self.values > self.limits.values:
            raise self._error(line, f"more than {self.limits.values:,} values, with aliases expanded; split the file")

    def _path(self) -> str:
        path = ""
        for frame in self.frames:
            if isinstance(frame.node, YamlSequence):
                path = child_path(path, len(frame.node.items))
            elif frame.key is not None:
                path = child_path(path, frame.key.text)
        return shortened(path)

    def _error(self, line: int, message: str) -> InputError:
        return InputError(self.file, line, self._path(), message)
