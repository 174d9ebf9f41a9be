"""Style sheets: colors come from the tokens, rules stand in layers, and nothing is styled that no page has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
COLOR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\(")
CLASS = re.compile(r"\.([a-zA-Z][\w-]*)")
PRELUDE = re.compile(r"([^{};]*)\{")
OTHER_SITES = {"admin_lessons.css"}
"""Within the look of Django's admin."""
UNLAYERED = {"tokens.css", "print.css"}
"""The values themselves, and what paper overrides."""
PAPER = "#ffffff"
SHEETS = {
    path.name: COMMENT.sub("", path.read_text())
    for path in sorted((ROOT / "static/css").glob("*.css"))
    if path.name not in OTHER_SITES
}
FOLDERS = ("templates", "static/js", "lessons", "quizzes", "classes", "lti", "courseware")
SOURCES = "\n".join(
    path.read_text()
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".html", ".js", ".py")
)
WORDS = set(re.findall(r"[\w-]+", SOURCES))


def outermost(sheet: str) -> list[str]:
    """What stands before the braces that are in no others."""
    found, depth, end = [], 0, 0
    for match in re.finditer(r"[{}]", sheet):
        if match[0] == "{":
            if depth == 0:
                found.append(re.split(r"[;}]", sheet[end : match.start()])[-1].strip())
            depth += 1
        else:
            depth -= 1
        end = match.end()
    return found


def is_composed(name: str) -> bool:
    """Whether templates or scripts put its end together from a value, as in tag--{{ kind }} or tag--${kind}."""
    beginnings = (name[: match.end()] for match in re.finditer("--|__|-", name))
    return any(f"{beginning}{opening}" in SOURCES for beginning in beginnings for opening in ("{{", "{%", "${", "{"))


@pytest.mark.parametrize("template", ["lessons/playground/_matrix.html", "quizzes/kinds/_write_yaml_result.html"])
def test_a_matrix_colors_each_verdict(template: str) -> None:
    (verdicts,) = set(re.findall(r"matrix__cell--{% if [^%]+%}(\w+){%[^%]+%}(\w+){% else %}(\w+)", source(template)))
    assert [verdict for verdict in verdicts if f".matrix__cell--{verdict} {{" not in SHEETS["outcomes.css"]] == []


def source(template: str) -> str:
    return (ROOT / "templates" / template).read_text()


@pytest.mark.parametrize("name", SHEETS)
def test_colors_are_named_by_tokens(name: str) -> None:
    allowed = {PAPER} if name in ("layout.css", "print.css") else set()
    assert name == "tokens.css" or set(COLOR.findall(SHEETS[name])) <= allowed


@pytest.mark.parametrize("name", sorted(SHEETS.keys() - UNLAYERED))
def test_rules_stand_in_layers_or_are_for_paper(name: str) -> None:
    widths = r"@media [^{]*width"
    assert [rule for rule in outermost(SHEETS[name]) if not re.match(rf"@layer |@media print|{widths}", rule)] == []


@pytest.mark.parametrize("name", SHEETS)
def test_every_class_that_is_styled_is_on_some_page(name: str) -> None:
    selectors = " ".join(PRELUDE.findall(SHEETS[name]))
    styled = sorted(set(CLASS.findall(selectors)))
    assert [each for each in styled if each not in WORDS and not is_composed(each)] == []
