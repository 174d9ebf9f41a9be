"""Plain values to YAML text that ``yaml_source`` reads back as the same values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import yaml

WIDTH = 120


class _Dumper(yaml.SafeDumper):
    """Writes every value where it stands: no anchors, because kubectl writes none."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def write_documents(documents: Iterable[Mapping[str, object]]) -> str:
    """YAML documents with ``---`` between them; keys keep their order. Values are dictionaries with string keys, lists,
    strings, whole numbers and truth values."""
    return "---\n".join(
        yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH) for document in documents
    )
