"""YAML for people to edit: texts of several lines, such as manifests, are written as blocks."""

from __future__ import annotations

from typing import Any

import yaml


class BlockDumper(yaml.SafeDumper):
    """Writes text of several lines as a block, and never an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


BlockDumper.add_representer(str, BlockDumper.represent_text)


def dump(data: Any) -> str:
    """Keys in their order; "" for nothing."""
    return yaml.dump(data, Dumper=BlockDumper, sort_keys=False, allow_unicode=True, width=88) if data else ""
