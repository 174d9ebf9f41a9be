"""The languages of the interface: what there is to translate, the catalogs of translators, and what Django reads.

    extract(base)            every message in templates and Python code → babel Catalog
    update(base)             brings locale/*/LC_MESSAGES/django.po up to date, keeping what is translated
    compile_catalogs(base)   writes the .mo beside each .po (derived, not committed)

Messages are found by Babel; templates are turned into calls by Django first, as its own `makemessages` does. Neither
step needs GNU gettext on the machine.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract as babel_extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po
from django.utils.translation.template import templatize

DOMAIN = "django"
SOURCES = {
    **dict.fromkeys(("courseware", "lessons", "classes", "quizzes", "lti"), "*.py"),
    "templates": "*.html",
}
"""Folders with text that learners or instructors read, and the files in them."""
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
LINE_WIDTH = 120


class TranslationError(Exception):
    """A catalog cannot be used; the message names the file and the line or message."""


def catalogs(base: Path) -> list[Path]:
    """The .po file of each language that was begun."""
    return sorted((base / "locale").glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def extract(base: Path) -> Catalog:
    """Every message of the project with the files that it is in."""
    catalog = Catalog(domain=DOMAIN, project="Hop by Hop", charset="utf-8")
    for folder, pattern in SOURCES.items():
        for path in sorted((base / folder).rglob(pattern)):
            for message, context in _messages(path):
                catalog.add(message, locations=[(str(path.relative_to(base)), 0)], context=context)
    return catalog


def _messages(path: Path) -> Iterator[tuple[Any, str | None]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        # Only calls and placeholders for the markup are left; Python's tokenizer wants them at the margin.
        text = re.sub(r"(?m)^[ \t]+", "", templatize(text, origin=str(path)))
    lines = io.BytesIO(text.encode())
    for _, message, _, context in babel_extract("python", lines, keywords=KEYWORDS):
        yield message, context


def read(path: Path) -> Catalog:
    """A translator's catalog. Raises TranslationError where the file cannot be read or a placeholder was lost."""
    try:
        with path.open("rb") as file:
            catalog = read_po(file, locale=path.parent.parent.name, domain=DOMAIN, abort_invalid=True)
    except PoFileError as error:
        raise TranslationError(f"{path}: {error}") from error
    for message, problems in catalog.check():
        raise TranslationError(f"{path}:{message.lineno}: {problems[0]}: {message.id!r}")
    return catalog


def update(base: Path) -> list[Path]:
    """Adds new messages without a translation and takes out those that no page uses any more."""
    found = extract(base)
    paths = catalogs(base)
    for path in paths:
        catalog = read(path)
        catalog.update(found, no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalog, width=LINE_WIDTH, sort_output=True, include_lineno=False, omit_header=False)
    return paths


def compile_catalogs(base: Path) -> Sequence[Path]:
    """Returns the files written. Each is replaced at once, so that a reader never meets half of one."""
    written = []
    for path in catalogs(base):
        target = path.with_suffix(".mo")
        draft = target.with_suffix(".mo.new")
        with draft.open("wb") as file:
            write_mo(file, read(path))
        draft.replace(target)
        written.append(target)
    return written
