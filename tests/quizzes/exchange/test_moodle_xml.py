"""Moodle XML as Moodle writes it, and as strangers might."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quizzes.exchange import moodle_xml
from quizzes.exchange.items import (
    Choice,
    Choices,
    Gap,
    Gaps,
    Item,
    NotCarriedError,
    NumberAnswer,
    Numbers,
    Order,
    Pairs,
    Part,
    TextAnswer,
    Texts,
    UnreadableFileError,
)
from quizzes.exchange.moodle_xml import cloze

ONE, HALF, NONE = Fraction(1), Fraction(1, 2), Fraction(0)


def document(kind: str, body: str, prompt: str = "Q?", form: str = "html") -> str:
    """A file with one question; `body` begins on line 5."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n<question type="{kind}"><name><text>n</text></name>\n'
        f'<questiontext format="{form}"><text><![CDATA[{prompt}]]></text></questiontext>\n'
        f"{body}\n</question>\n</quiz>\n"
    )


def read(text: str) -> Item:
    reading = moodle_xml.read(text, "q.xml")
    assert reading.losses == ()
    return reading.items[0]


def answer(text: str, fraction: str, feedback: str = "", more: str = "") -> str:
    return (
        f'<answer fraction="{fraction}"><text>{text}</text>{more}<feedback><text>{feedback}</text></feedback></answer>'
    )


def subquestion(left: str, right: str) -> str:
    return f"<subquestion><text>{left}</text><answer><text>{right}</text></answer></subquestion>"


BODIES: dict[str, tuple[str, str, Any]] = {
    "one right": (
        "multichoice",
        "<single>true</single>" + answer("53", "100", "Yes.") + answer("80", "0"),
        Choices((Choice("53", ONE, "Yes."), Choice("80", NONE)), single=True),
    ),
    "several right": (
        "multichoice",
        "<single>false</single>" + answer("a", "50") + answer("b", "50") + answer("c", "-100"),
        Choices((Choice("a", HALF), Choice("b", HALF), Choice("c", Fraction(-1))), single=False),
    ),
    "HTML in options": (
        "multichoice",
        answer("<![CDATA[<p>Use <b>it</b></p>]]>", "100") + answer("&lt;code&gt;x&lt;/code&gt;", "0"),
        Choices((Choice("Use **it**", ONE), Choice("`x`", NONE)), single=True),
    ),
    "true or false": (
        "truefalse",
        answer("true", "0", "No handshake.") + answer("false", "100", "Right."),
        Choices((Choice("True", NONE, "No handshake."), Choice("False", ONE, "Right.")), single=True),
    ),
    "short answers": (
        "shortanswer",
        "<usecase>1</usecase>" + answer("kube-proxy", "100") + answer("kube*", "50", "Which?") + answer("*", "0"),
        Texts((TextAnswer("kube-proxy", ONE), TextAnswer("kube*", HALF, "Which?"), TextAnswer("*", NONE)), True),
    ),
    "number with unit": (
        "numerical",
        answer("1,5", "100", "Yes.", "<tolerance>0.1</tolerance>")
        + answer("*", "0", "No.")
        + "<units><unit><multiplier>1</multiplier><unit_name>ms</unit_name></unit></units>",
        Numbers(
            (NumberAnswer(Fraction(3, 2), Fraction(1, 10), ONE, "Yes."), NumberAnswer(None, NONE, NONE, "No.")), "ms"
        ),
    ),
    "match": (
        "matching",
        subquestion("IP", "3") + subquestion("TCP", "a_b") + subquestion("", "7"),
        Pairs((Part("IP", "3"), Part("TCP", r"a\_b")), ("7",)),
    ),
    "order": (
        "ordering",
        answer("ARP", "1") + answer("IP", "2", "Then."),
        Order((Part("ARP", "1"), Part("IP", "2", "Then."))),
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_answers_are_read_as_moodle_writes_them(name: str) -> None:
    kind, xml, body = BODIES[name]
    assert read(document(kind, xml)).body == body


@pytest.mark.parametrize("name", BODIES)
def test_what_is_written_reads_the_same(name: str) -> None:
    body = BODIES[name][2]
    item = Item("n", "Q?", body, "General.", ("course", "a/b"), Fraction(3))
    back = read(moodle_xml.write([item]))
    assert (back.name, back.prompt, back.body) == (item.name, item.prompt, item.body)
    assert (back.explanation, back.category, back.points) == (item.explanation, item.category, item.points)


@pytest.mark.parametrize(
    ("form", "text", "prompt"),
    [
        pytest.param(
            "html",
            "<p>Use <code>ip route</code>.</p><pre>a  b\nc</pre>",
            "Use `ip route`.\n\n```\na  b\nc\n```",
            id="HTML",
        ),
        pytest.param("html", "a<script>alert(1)</script><style>p{}</style>", "a", id="scripts are no text"),
        pytest.param("markdown", "Use `a_b` *here*.", "Use `a_b` *here*.", id="Markdown"),
        pytest.param("plain_text", "a_b <c>\n1. d", "a\\_b \\<c\\>  \n1\\. d", id="plain"),
        pytest.param(
            "plain_text",
            "10.0.0.1 & -5\n- x\n# y",
            "10.0.0.1 & -5  \n\\- x  \n\\# y",
            id="plain that looks like Markdown",
        ),
        pytest.param("moodle_auto_format", "a<br>b", "a  \nb", id="automatic with tags"),
        pytest.param("moodle_auto_format", "a_b", r"a\_b", id="automatic without tags"),
    ],
)
def test_prompts_become_markdown(form: str, text: str, prompt: str) -> None:
    assert read(document("truefalse", answer("true", "100") + answer("false", "0"), text, form)).prompt == prompt


@pytest.mark.parametrize(
    ("xml", "line", "reason"),
    [
        pytest.param('<!DOCTYPE quiz [<!ENTITY a "b">]>\n<quiz>&a;</quiz>', 1, "declares a document type", id="entity"),
        pytest.param(
            '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>\n<quiz>&b;</quiz>',
            2,
            "declares a document type",
            id="billion laughs",
        ),
        pytest.param(
            '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<quiz>&x;</quiz>',
            1,
            "declares a document type",
            id="external entity",
        ),
        pytest.param('<!DOCTYPE quiz SYSTEM "http://x.example/q.dtd">', 1, "declares a document type", id="DTD"),
        pytest.param("<!DOCTYPE quiz>\n<quiz/>", 1, "declares a document type", id="document type alone"),
        pytest.param("<quiz>\n<question>\n</quiz>", 3, "is no well-formed XML: mismatched tag", id="mismatched tag"),
        pytest.param("<quiz>\n&nbsp;</quiz>", 2, "is no well-formed XML: undefined entity", id="undefined entity"),
        pytest.param("<quiz>" + "<a>" * 40, 1, "more than 30 in each other", id="too deep"),
        pytest.param("\n\n<quiz>\n<a>\n</quiz>", 5, "mismatched tag", id="blank lines first"),
        pytest.param("<html></html>", 1, "begins with <html>", id="not a quiz"),
        pytest.param("<quiz>" + "<question/>" * 501 + "</quiz>", 1, "more than 500 questions", id="too many questions"),
    ],
)
def test_files_that_are_broken_or_could_harm_are_refused_with_their_line(xml: str, line: int, reason: str) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        moodle_xml.read(xml, "q.xml")
    assert str(refused.value).startswith(f"q.xml:{line}: ")
    assert reason in str(refused.value)


def test_what_a_file_says_of_its_encoding_does_not_change_its_text() -> None:
    text = document("truefalse", answer("true", "100"), "Größe?").replace("UTF-8", "ISO-8859-1")
    assert read(text).prompt == "Größe?"


def test_too_many_elements_are_refused() -> None:
    with pytest.raises(UnreadableFileError, match="more than 50,000 elements"):
        moodle_xml.read("<quiz>" + "<a/>" * 50_001 + "</quiz>", "q.xml")


@pytest.mark.parametrize(
    ("kind", "body", "line", "reason"),
    [
        pytest.param("essay", "", 3, "it is an essay", id="essay"),
        pytest.param("calculated", "", 3, "its type, calculated, has no counterpart", id="unknown type"),
        pytest.param(
            "shortanswer", '<file name="a.png" encoding="base64">AA==</file>', 5, "needs the file “a.png”", id="file"
        ),
        pytest.param("shortanswer", "<image>a.gif</image>", 5, "needs the file “image”", id="old picture"),
        pytest.param("numerical", "\n" + answer("many", "100"), 6, "“many” is no number", id="no number"),
        pytest.param(
            "numerical", answer("1", "100", "", "<tolerance>x</tolerance>"), 5, "“x” is no number", id="no tolerance"
        ),
        pytest.param("shortanswer", answer("a", "lots"), 5, "“lots” is no number of percent", id="no percent"),
        pytest.param("shortanswer", answer("a", "101"), 5, "not between -100 and 100", id="too many percent"),
        pytest.param("truefalse", answer("maybe", "100"), 5, "neither true nor false", id="neither true nor false"),
        pytest.param(
            "multichoice", '<answer fraction="0" format="tex"/>', 5, "in the format “tex”", id="unknown format"
        ),
        pytest.param("shortanswer", "<defaultgrade>x</defaultgrade>", 3, "“x” is no number", id="points"),
        pytest.param("cloze", "", 3, "it has no gap", id="cloze without gaps"),
        pytest.param("shortanswer", answer("a", "0") * 101, 3, "101 answers; 100 are allowed", id="too many answers"),
    ],
)
def test_what_cannot_be_read_is_listed_with_its_line(kind: str, body: str, line: int, reason: str) -> None:
    (loss,) = moodle_xml.read(document(kind, body), "q.xml").losses
    assert (loss.question, loss.place, loss.whole) == ("n", f"q.xml:{line}", True)
    assert reason in loss.reason


def test_a_picture_elsewhere_is_noted() -> None:
    prompt = '<p>See <img src="http://x.example/a.png"></p>'
    assert read(document("truefalse", answer("true", "100"), prompt)).notes
    assert read(document("truefalse", answer("true", "100"))).notes == ()


CLOZE = {
    "typed": (
        "{1:SHORTANSWER:=yes#Good.~no#Bad.~*}",
        Gap((TextAnswer("yes", ONE, "Good."), TextAnswer("no", NONE, "Bad."), TextAnswer("*", NONE))),
    ),
    "short names": ("{:SA:=yes}", Gap((TextAnswer("yes", ONE),))),
    "part of the points": ("{2:MW:%100%yes~%50%maybe}", Gap((TextAnswer("yes", ONE), TextAnswer("maybe", HALF)))),
    "number": ("{1:NUMERICAL:=5:0.1}", Gap((TextAnswer("5:0.1", ONE),), "number")),
    "choice": ("{1:MULTICHOICE_VS:a~=b}", Gap((TextAnswer("a", NONE), TextAnswer("b", ONE)), "chosen")),
    "escapes": (r"{1:SA:=a\}b\#c\~d~&#126;&amp;x}", Gap((TextAnswer("a}b#c~d", ONE), TextAnswer("~&x", NONE)))),
}


@pytest.mark.parametrize("name", CLOZE)
def test_gaps_are_read_as_moodle_reads_them(name: str) -> None:
    text, gap = CLOZE[name]
    prompt, body = cloze.read(f"Fill it.\n\nA {text} B", "markdown")
    assert (prompt, body) == ("Fill it.", Gaps(("A ", " B"), (gap,)))


def test_gaps_that_never_end_are_refused_at_once() -> None:
    (loss,) = moodle_xml.read(document("cloze", "", "{1:SA:" * 150_000), "q").losses
    assert "900,000 characters" in loss.reason


def test_a_gap_of_an_unknown_type_is_named() -> None:
    with pytest.raises(NotCarriedError, match="a gap of the type ESSAY"):
        cloze.read("{1:ESSAY:=x}", "markdown")


def test_gaps_in_html_stand_in_plain_text() -> None:
    prompt, body = cloze.read("<p>Complete <b>it</b>.</p><p>10.0.0.0/8 <i>via</i> {1:SA:=a_b} dev x_y</p>", "html")
    assert prompt == "Complete **it**."
    assert body.texts == ("10.0.0.0/8 via ", " dev x_y")


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12)


@settings(max_examples=50)
@given(texts=st.lists(words, min_size=2, max_size=4), feedback=words)
def test_choices_of_any_text_come_back(texts: list[str], feedback: str) -> None:
    choices = tuple(Choice(text, Fraction(int(place == 0)), feedback) for place, text in enumerate(texts))
    item = Item("n", feedback, Choices(choices, single=True))
    try:
        written = moodle_xml.write([item])
    except NotCarriedError:
        return  # a character that XML does not have
    back = read(written)
    assert (back.prompt, back.body) == (item.prompt, item.body)


@settings(max_examples=50)
@example([r"a}b{c~d#e=f%g\h&amp;i", "%50%x", "=y"])
@given(st.lists(words, min_size=1, max_size=4))
def test_gaps_of_any_text_come_back(answers: list[str]) -> None:
    gap = Gap(tuple(TextAnswer(text, Fraction(int(place == 0))) for place, text in enumerate(answers)))
    _prompt, body = cloze.read(f"x {cloze.write(gap)}", "markdown")
    assert body.gaps == (gap,)


def test_a_control_character_is_refused() -> None:
    with pytest.raises(NotCarriedError, match="a control character"):
        moodle_xml.write([Item("n", "a\x01b", BODIES["order"][2])])
