"""Where questions stand in Moodle's question bank: names with slashes between them, a slash in a name doubled."""

from __future__ import annotations

import re

TOP = ("$course$", "top")
CONTEXT = re.compile(r"\$\w+\$")


def category_text(names: tuple[str, ...]) -> str:
    return "/".join(name.replace("/", "//") for name in (*TOP, *names))


def category_names(text: str) -> tuple[str, ...]:
    """Without Moodle's own levels at the top."""
    names = [name.replace("//", "/").strip() for name in re.split(r"(?<!/)/(?!/)", text)]
    return tuple(name for name in names if name and name != TOP[1] and not CONTEXT.fullmatch(name))
