"""A specification as the YAML text that an author edits, and the line on which each of its keys stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from django.utils.translation import gettext

from lessons.content.schema import ContentError, read_yaml
from lessons.content.yaml_blocks import dump as dump


class YamlTextError(Exception):
    """The text is not one YAML mapping; the message names the line."""


def load(text: str) -> dict[str, Any]:
    """The mapping in the text. Raises YamlTextError."""
    try:
        data = read_yaml(text)
    except ContentError as error:
        raise YamlTextError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    if not isinstance(data, dict):
        raise YamlTextError(gettext("Line 1: write keys and values, such as `prompt: …`."))
    return data


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line, from 1, of the deepest key on the path that the text has."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 1
    for part in path:
        key, node = child(node, part)
        if key is None:
            break
        line = key.start_mark.line + 1
    return line


def child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    """The node that names a child, and the child."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == part), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None, None
