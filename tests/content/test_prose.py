"""What learners and authors read: length, plain sentences, spelling, links, places."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lessons.content.rendering import Text, blocks
from netsim.commands import COMMANDS
from tests.content.shipped import COURSE, LESSONS, ShippedLesson

ROOT = COURSE.parents[1]
DOCUMENTS = (
    "adding-a-lesson.md", "architecture.md", "engine.md", "faults.md", "glossary.md", "kernel-differential.md",
    "lti.md", "packet-path.md",
)  # fmt: skip
FILES = {"scene", "experiments", "quiz", "yaml"}
ALLOWED_WORDS = "neighbour,neighbours,catalogue,regrading,enrolment,enrolments"
"""Words of the code."""
SHORTEST, LONGEST = 900, 1600
WORDS_IN_A_SENTENCE = 16
WORDS_IN_THE_LONGEST = 40
lessons = pytest.mark.parametrize("lesson", [pytest.param(lesson, id=lesson.folder) for lesson in LESSONS])


def sentences(text: str) -> list[list[str]]:
    """Sentences as lists of words; an item of a list is one too."""
    paragraphs = re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", text)
    parts = [part for paragraph in paragraphs for part in re.split(r"(?<=[.?!:])\W*\s", " ".join(paragraph.split()))]
    return [words for part in parts if (words := re.findall(r"[\w’'./:-]*\w[\w’'./:-]*", part))]


@lessons
def test_a_lesson_has_900_to_1600_words_of_prose(lesson: ShippedLesson) -> None:
    assert SHORTEST <= sum(map(len, sentences(lesson.prose()))) <= LONGEST


@lessons
@pytest.mark.parametrize("part", ["the text", "experiments and questions"])
def test_sentences_are_short(lesson: ShippedLesson, part: str) -> None:
    texts = (lesson.prose(),) if part == "the text" else lesson.told()
    lengths = [len(words) for text in texts for words in sentences(text)]
    assert sum(lengths) / len(lengths) <= WORDS_IN_A_SENTENCE
    assert max(lengths) <= WORDS_IN_THE_LONGEST


@pytest.mark.parametrize("path", [COURSE, *(ROOT / "docs" / name for name in DOCUMENTS)], ids=lambda path: path.name)
def test_codespell_finds_nothing(path: Path) -> None:
    command = [sys.executable, "-m", "codespell_lib", "--builtin", "clear,rare,code,en-GB_to_en-US"]
    found = subprocess.run(
        [*command, "--ignore-words-list", ALLOWED_WORDS, path], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


@lessons
def test_every_source_has_a_title_and_a_secure_address_of_its_own(lesson: ShippedLesson) -> None:
    addresses = [source.url for source in lesson.text.sources]
    assert addresses
    assert all(address.startswith("https://") for address in addresses)
    assert len(set(addresses)) == len(addresses)


@lessons
def test_every_term_of_the_glossary_is_used_in_the_lesson(lesson: ShippedLesson) -> None:
    text = lesson.text.body.lower()
    assert [entry.term for entry in lesson.text.glossary if entry.term.lower() not in text] == []


@lessons
def test_headings_are_of_the_second_level(lesson: ShippedLesson) -> None:
    prose = re.sub(r"```.*?```", "", lesson.text.body, flags=re.DOTALL)
    assert set(re.findall(r"^(#+) ", prose, re.MULTILINE)) == {"##"}


@lessons
def test_no_markdown_is_left_over_in_the_page(lesson: ShippedLesson) -> None:
    html = "".join(block.html for block in blocks(lesson.text.body) if isinstance(block, Text))
    text = re.sub(r"<(pre|code)\b.*?</\1>", "", html, flags=re.DOTALL)
    assert re.findall(r"\*\*|`|^\||\]\(|::", text, re.MULTILINE) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_link_in_the_documentation_leads_to_a_file(name: str) -> None:
    document = ROOT / "docs" / name
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text())
    missing = [target for target in targets if "://" not in target and not (document.parent / target).exists()]
    assert missing == []


def test_the_words_of_the_glossary_are_words_of_the_code() -> None:
    lines = (ROOT / "docs" / "glossary.md").read_text().splitlines()
    in_the_code = [line.split("|")[3] for line in lines if line.startswith("|")]
    named = {word for cell in in_the_code for name in re.findall(r"`(.+?)`", cell) for word in re.findall(r"\w+", name)}
    modules = [path for folder in ("netsim", "lessons", "quizzes") for path in (ROOT / folder).rglob("*.py")]
    used = {word for path in modules for word in re.findall(r"\w+", path.read_text())}
    assert named
    assert named - used - FILES == set()


def test_the_kernel_page_names_every_test_there_and_no_module_that_is_not() -> None:
    page = (ROOT / "docs" / "kernel-differential.md").read_text()
    named = re.findall(r"`([\w/]+\.py)`", page)
    assert {path.name for path in (ROOT / "tests/kernel").glob("test_*.py")} - set(named) == set()
    assert [name for name in named if not (ROOT / ("" if "/" in name else "tests/kernel") / name).exists()] == []


def test_the_engine_page_lists_every_command() -> None:
    page = (ROOT / "docs" / "engine.md").read_text().partition("## Questions")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == {command.name for command in COMMANDS}
