"""What a CSV of people says, line by line. Nothing here knows the database.

Columns are known by their names in the first line, in any order and however they are spelled: e-mail or user name,
and perhaps name (or first and last name), section, role, time factor. A list without a first line of names is read
when each line is one e-mail address or user name. Commas, semicolons and tabs separate.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classes.models import Role

MOST_BYTES = 1_000_000
MOST_ROWS = 5_000
COLUMNS = {
    "email": ("email", "emailaddress", "mail", "emailadresse"),
    "username": ("username", "user", "login", "loginid", "userid", "benutzername", "benutzer", "anmeldename"),
    "name": ("name", "fullname", "displayname", "student", "learner", "vollständigername"),
    "first": ("firstname", "givenname", "forename", "vorname"),
    "last": ("lastname", "surname", "familyname", "nachname"),
    "section": ("section", "group", "gruppe"),
    "role": ("role", "rolle"),
    "time_factor": ("timefactor", "extratime", "timemultiplier", "zeitfaktor"),
}
ROLES = {
    Role.LEARNER: ("learner", "student", "participant", "lernende", "lernender", "studentin", "teilnehmer"),
    Role.ASSISTANT: ("assistant", "ta", "tutor", "teachingassistant", "assistenz", "assistent", "assistentin"),
    Role.INSTRUCTOR: ("instructor", "teacher", "lecturer", "lehrperson", "lehrer", "lehrerin", "dozent", "dozentin"),
}
EXPLAINED = (
    ("email, username", gettext_lazy("one of the two for each person")),
    ("name", gettext_lazy("for invitations; or first name and last name")),
    ("section", gettext_lazy("is made where it does not exist")),
    ("role", "learner, assistant, instructor"),
    ("time_factor", gettext_lazy("extra time, such as 1.5")),
)
"""The columns for whoever writes such a file, and what they hold."""
EXAMPLE = """\
email,name,section,role,time_factor
ada@example.org,Ada Ito,Monday,,
ben@example.org,Ben Costa,Tuesday,learner,1.5
chidi@example.org,Chidi Kumar,,assistant,
"""
LONGEST = {"email": 254, "username": 150, "name": 200, "section": 100}


class RosterError(Exception):
    """The file as a whole cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One person as the file has them; "" and None where it says nothing. `line` counts from 1."""

    line: int
    cells: tuple[str, ...]
    email: str = ""
    username: str = ""
    name: str = ""
    section: str = ""
    role: Role | None = None
    time_factor: Decimal | None = None
    problem: str = ""

    @property
    def person(self) -> str:
        return self.name or self.username or self.email


@dataclass(frozen=True, slots=True)
class Sheet:
    """`ignored` are the names of columns that mean nothing here."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    ignored: tuple[str, ...]


def decode(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or else what older spreadsheets write (Windows-1252). Raises RosterError."""
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise RosterError(_("This is no text. Save the table as CSV (UTF-8) and upload that."))


def read(text: str) -> Sheet:
    """Raises RosterError; what is wrong with single lines stands in their rows."""
    table = table_of(text)
    if not table:
        raise RosterError(_("There is nothing in it."))
    header = tuple(cell.strip() for cell in table[0][1])
    columns = [_column(cell) for cell in header]
    lines = table[1:]
    if not {"email", "username"} & set(columns):
        if any(columns) or any(len(cells) != 1 for _line, cells in table):
            raise RosterError(_("The first line must name the columns, and one of them must be “email” or “username”."))
        header, columns, lines = ("email",), ["email"], table
    if doubled := [name for name in set(columns) - {""} if columns.count(name) > 1]:
        raise RosterError(_("Two columns say the same: %s. Keep one of them.") % ", ".join(sorted(doubled)))
    if len(lines) > MOST_ROWS:
        words = _("These are %(count)d lines; at most %(most)d can be read at once. Split the file.")
        raise RosterError(words % {"count": len(lines), "most": MOST_ROWS})
    if not lines:
        raise RosterError(_("There are columns, but no people."))
    ignored = tuple(cell for cell, column in zip(header, columns, strict=True) if cell and not column)
    rows = tuple(_without_repetition(_row(line, cells, columns) for line, cells in lines))
    return Sheet(header, rows, ignored)


def table_of(text: str) -> list[tuple[int, list[str]]]:
    """(line, cells) of every line that says anything. Raises RosterError."""
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    table, line = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                table.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise RosterError(_("Line %(line)d: %(problem)s") % {"line": reader.line_num, "problem": error}) from error
    return table


def plain(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def _column(cell: str) -> str:
    return next((name for name, spellings in COLUMNS.items() if plain(cell) in spellings), "")


def _row(line: int, cells: Sequence[str], columns: Sequence[str]) -> Row:
    kept = tuple(cells)
    if any(cell.strip() for cell in cells[len(columns) :]):
        return Row(line, kept, name=cells[0].strip(), problem=_("It has more cells than there are columns."))
    said = {name: _clean(cell) for name, cell in zip(columns, cells, strict=False) if name}
    values = {name: said.get(name, "") for name in ("email", "username", "section")}
    values["name"] = said.get("name") or " ".join(filter(None, (said.get("first"), said.get("last"))))
    if "@" in values["username"] and not values["email"]:
        values["email"], values["username"] = values["username"], ""
    elif values["email"] and "@" not in values["email"] and not values["username"]:
        values["email"], values["username"] = "", values["email"]
    short = {name: value[: LONGEST[name]] for name, value in values.items()}
    row = Row(line, kept, short["email"], short["username"], short["name"], short["section"])
    if problem := _wrong(values):
        return replace(row, problem=problem)
    try:
        role, factor = _role(said.get("role", "")), _time_factor(said.get("time_factor", ""))
    except ValueError as error:
        return replace(row, problem=str(error))
    return replace(row, role=role, time_factor=factor)


def _clean(cell: str) -> str:
    """Without the apostrophe with which classes.roster.writing keeps spreadsheets from computing."""
    words = " ".join(cell.split())
    return words[1:] if words.startswith(("'=", "'+", "'-", "'@")) else words


def _wrong(values: dict[str, str]) -> str:
    if not values["email"] and not values["username"]:
        return _("It has neither an e-mail address nor a user name.")
    if long := [name for name, most in LONGEST.items() if len(values[name]) > most]:
        return _("This is too long: %s.") % ", ".join(long)
    if values["email"]:
        try:
            validate_email(values["email"])
        except ValidationError:
            return _("“%s” is not an e-mail address.") % values["email"]
    return ""


def _role(word: str) -> Role | None:
    """Raises ValueError with words for the instructor, as does _time_factor."""
    if not word:
        return None
    for role, words in ROLES.items():
        if plain(word) in words:
            return role
    raise ValueError(_("“%s” is no role. There are learner, assistant and instructor.") % word)


def _time_factor(word: str) -> Decimal | None:
    """1.5, 1,5 or 150 %."""
    if not word:
        return None
    number = word.replace(",", ".").replace("%", "").strip()
    try:
        factor = Decimal(number) / (100 if "%" in word else 1)
    except InvalidOperation:
        factor = Decimal(0)
    if not factor.is_finite() or not 1 <= factor <= 10:
        raise ValueError(_("“%s” is no time factor: a number from 1 to 10, such as 1.5.") % word)
    return factor.quantize(Decimal("0.01"))


def _without_repetition(rows: Iterator[Row]) -> Iterator[Row]:
    """Whoever stands in the file twice is enrolled by the first line."""
    seen: dict[str, int] = {}
    for row in rows:
        if row.problem:
            yield row
            continue
        keys = [key.casefold() for key in (row.email, row.username) if key]
        first = next((seen[key] for key in keys if key in seen), None)
        if first is not None:
            yield replace(row, problem=_("The same person stands in line %d.") % first)
            continue
        seen.update(dict.fromkeys(keys, row.line))
        yield row
