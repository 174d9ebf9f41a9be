"""Plain values to YAML text that ``yaml_source`` reads back as the same values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import yaml

WIDTH = 120
OTHER_LINE_BREAKS = frozenset("\x85\u2028\u2029")
"""Line breaks of YAML 1.1 besides the usual ones: only between double quotes are they escaped, and so kept."""


class _Dumper(yaml.SafeDumper):
    """Writes every value where it stands: no anchors, because kubectl writes none."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_string(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None if OTHER_LINE_BREAKS.isdisjoint(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_string)


def write_documents(documents: Iterable[Mapping[str, object]]) -> str:
    """YAML documents with ``---`` between them; keys keep their order. Values are dictionaries with string keys, lists,
    strings, whole numbers and truth values."""
    return "---\n".join(
        yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH) for document in documents
    )
