"""GIFT as Moodle's documentation describes it, read and written."""

from __future__ import annotations

from fractions import Fraction
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.exchange import gift
from quizzes.exchange.gift.spans import Span, escaped, unescaped
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

ONE, HALF, NONE = Fraction(1), Fraction(1, 2), Fraction(0)


def read(text: str) -> Item:
    reading = gift.read(text, "q.gift")
    assert reading.losses == ()
    return reading.items[0]


def losses(text: str) -> list[tuple[str, str]]:
    return [(loss.place, loss.reason) for loss in gift.read(text, "q.gift").losses]


BODIES: dict[str, tuple[str, Any]] = {
    "true": (
        "// a comment\n::T1:: UDP has no handshake.{TRUE#It has none.#Right.####See RFC 768.}",
        Choices((Choice("True", ONE, "Right."), Choice("False", NONE, "It has none.")), single=True),
    ),
    "false, short": (
        "TCP has none.{F}",
        Choices((Choice("True", NONE), Choice("False", ONE)), single=True),
    ),
    "one right, with feedback": (
        "Which port has DNS?\n{\n=53#Yes.\n~80 # That is HTTP.\n~443\n}",
        Choices((Choice("53", ONE, "Yes."), Choice("80", NONE, "That is HTTP."), Choice("443", NONE)), single=True),
    ),
    "part of the points": (
        "Which?{=both ~%50%one ~%-33.5%none}",
        Choices((Choice("both", ONE), Choice("one", HALF), Choice("none", Fraction(-67, 200))), single=True),
    ),
    "a right option that is a percentage": (
        "How much is half?{=%50% ~%0%%5%}",
        Choices((Choice("%50%", ONE), Choice("%5%", NONE)), single=True),
    ),
    "several right": (
        "Which are private? {~%50%10.0.0.1 ~%50%192.168.0.1 ~%-100%8.8.8.8}",
        Choices((Choice("10.0.0.1", HALF), Choice("192.168.0.1", HALF), Choice("8.8.8.8", Fraction(-1))), single=False),
    ),
    "missing word": (
        "A {~hub =router ~cable} forwards packets.",
        Choices((Choice("hub", NONE), Choice("router", ONE), Choice("cable", NONE)), single=True),
    ),
    "short answers": (
        "Who assigns Pod addresses?{=CNI plugin =%50%CNI#Nearly. =%0%*#No.}",
        Texts((TextAnswer("CNI plugin", ONE), TextAnswer("CNI", HALF, "Nearly."), TextAnswer("*", NONE, "No."))),
    ),
    "one short answer without a mark": ("Say {yes}", Texts((TextAnswer("yes", ONE),))),
    "number": ("How many?{#3}", Numbers((NumberAnswer(Fraction(3), NONE, ONE),))),
    "number with tolerance": (
        "How many?{#3.1:0.05#Near.}",
        Numbers((NumberAnswer(Fraction(31, 10), Fraction(1, 20), ONE, "Near."),)),
    ),
    "number in a range": ("How many?{#1..5}", Numbers((NumberAnswer(Fraction(3), Fraction(2), ONE),))),
    "several numbers": (
        "When?{#\n=1822:0\n=%50%1822:2#Near.\n~#No.}",
        Numbers(
            (
                NumberAnswer(Fraction(1822), NONE, ONE),
                NumberAnswer(Fraction(1822), Fraction(2), HALF, "Near."),
                NumberAnswer(None, NONE, NONE, "No."),
            )
        ),
    ),
    "match with an extra": (
        "Which layer?{=IP -> 3\n=TCP -> 4\n= -> 7}",
        Pairs((Part("IP", "3"), Part("TCP", "4")), ("7",)),
    ),
    "order": (
        "In order?{>3 ALL VERTICAL ABSOLUTE_POSITION SHOW\nARP\nIP\nTCP\n}",
        Order((Part("ARP", "1"), Part("IP", "2"), Part("TCP", "3"))),
    ),
    "escapes": (
        r"What is 1\=1 \~ \{\}\: \#1 \\ ?{=a\=b\#c ~\{x\}\:y}",
        Choices((Choice("a=b#c", ONE), Choice("{x}:y", NONE)), single=True),
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_answers_are_read_as_moodle_reads_them(name: str) -> None:
    text, body = BODIES[name]
    assert read(text).body == body


@pytest.mark.parametrize("name", BODIES)
def test_what_is_written_reads_the_same(name: str) -> None:
    item = read(BODIES[name][0])
    back = read(gift.write([item]))
    wanted = Pairs(item.body.parts) if isinstance(item.body, Order) else item.body
    assert (back.prompt, back.explanation, back.body) == (item.prompt, item.explanation, wanted)


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        pytest.param(r"What is 1\=1 \~ \{\}\: \#1 \\?{T}", r"What is 1=1 \~ {}: #1 \\?", id="escapes"),
        pytest.param("[markdown]Use `a_b` *here*.{T}", "Use `a_b` *here*.", id="Markdown"),
        pytest.param(
            "[html]<p>Use <code>ip route</code> &amp; <b>read</b>.</p>{T}", "Use `ip route` & **read**.", id="HTML"
        ),
        pytest.param("[plain]a_b *c* <d>{T}", r"a\_b \*c\* \<d\>", id="plain"),
        pytest.param("Use <em>this</em>.{T}", "Use *this*.", id="no format, with tags"),
        pytest.param("a_b{T}", r"a\_b", id="no format, without tags"),
        pytest.param(r"[markdown]one\n\ntwo{T}", "one\n\ntwo", id="escaped line breaks"),
        pytest.param("A {=x ~y} here.", "A _____ here.", id="missing word"),
        pytest.param("[foo]bar{T}", r"\[foo\]bar", id="brackets that are no format"),
    ],
)
def test_prompts_become_markdown(text: str, prompt: str) -> None:
    assert read(text).prompt == prompt


def test_options_have_the_format_of_the_question_or_their_own() -> None:
    body = read("[html]Q{=<b>a</b> ~[plain]<b> ~[markdown]*c*}").body
    assert isinstance(body, Choices)
    assert [choice.text for choice in body.choices] == ["**a**", r"\<b\>", "*c*"]


def test_names_categories_and_general_feedback_are_read() -> None:
    text = "$CATEGORY: $course$/top/Nets/TCP//IP\n\n::A \\: B::Q{T####Because.}\n\n$CATEGORY: Other\n::C::Q{F}"
    first, second = gift.read(text, "q").items
    assert (first.name, first.category, first.explanation) == ("A : B", ("Nets", "TCP/IP"), "Because.")
    assert (second.name, second.category) == ("C", ("Other",))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CR LF", "CR"])
def test_every_kind_of_line_end_counts(end: str) -> None:
    text = end.join(["// c", "Q1{T}", "", "::two::Q2", "{F}", ""])
    assert [(item.prompt, item.line) for item in gift.read(text, "q").items] == [("Q1", 2), ("Q2", 4)]


def test_a_comment_ends_no_question() -> None:
    assert read("Q{\n=a\n// wrong ones\n~b\n}").body == Choices((Choice("a", ONE), Choice("b", NONE)), single=True)


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        pytest.param("Q{T}\n\nAn essay{}", "q.gift:3", "it is an essay", id="essay"),
        pytest.param("Just text.", "q.gift:1", "it is a description", id="description"),
        pytest.param("\nQ{=a\n~b\n\n~c}", "q.gift:2", "a brace without its partner", id="blank line in braces"),
        pytest.param("Q}{", "q.gift:1", "a brace without its partner", id="braces the wrong way round"),
        pytest.param(
            "One {=a ~b}\nand {=c ~d}", "q.gift:2", r"write those that are no answers as \{ and \}", id="braces twice"
        ),
        pytest.param("Q{#\n=3\n=many}", "q.gift:3", "“many” is no number", id="no number"),
        pytest.param("Q{#1/0}", "q.gift:1", "“1/0” is no number", id="division by zero"),
        pytest.param("Q{#}", "q.gift:1", "names none", id="number without a number"),
        pytest.param("Q{\n=a -> b\n=c}", "q.gift:3", "without ->", id="half a pair"),
        pytest.param("Q{lost ~a =b}", "q.gift:1", "“lost” is no answer", id="text before the first mark"),
        pytest.param("Q{\n=a\n~%500%b}", "q.gift:3", "not between -100 and 100", id="too many percent"),
        pytest.param("[html]" + "<b>" * 6000 + "{T}", "q.gift:1", "nested too deeply", id="nested HTML"),
        pytest.param("Q{" + "=a" * 101 + "}", "q.gift:1", "101 answers; 100 are allowed", id="too many answers"),
        pytest.param("a" * 20_001 + "{T}", "q.gift:1", "20,001 characters", id="too long"),
    ],
)
def test_what_cannot_be_read_is_listed_with_its_line(text: str, place: str, reason: str) -> None:
    found = losses(text)
    assert [where for where, _ in found][:1] == [place]
    assert reason in found[0][1]


def test_one_bad_question_leaves_the_others_alone() -> None:
    reading = gift.read("::a::Q{T}\n\n::b::Q{#x}\n\n::c::Q{F}", "q")
    assert [item.name for item in reading.items] == ["a", "c"]
    assert [loss.question for loss in reading.losses] == ["b"]


def test_too_many_questions_are_refused() -> None:
    with pytest.raises(UnreadableFileError, match=r"^q:1001: more than 500 questions"):
        gift.read("Q{T}\n\n" * 501, "q")


def test_a_picture_is_noted() -> None:
    assert read('[html]<p>See <img src="http://x.example/a.png"></p>{T}').notes
    assert not read("[markdown]See ![a](/static/a.png){T}").notes


@pytest.mark.parametrize("piece", ["![", "<img ", "{", "~", "=a->b "])
def test_a_file_of_one_mark_only_is_read_in_no_time(piece: str) -> None:
    """Time grows with the length of the file, not with its square, which would take minutes."""
    many, started = piece * (300_000 // len(piece)), perf_counter()
    for text in (f"Q{many}{{=a}}", f"Q{{{many}}}"):
        gift.read(text, "q")
    assert perf_counter() - started < 10


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(Gaps(("a ", ""), (Gap((TextAnswer("x", ONE),)),)), "gaps to fill", id="gaps"),
        pytest.param(Texts((TextAnswer("a->b", ONE),)), "takes an answer with ->", id="arrow in an answer"),
        pytest.param(Pairs((Part("a->b", "1"), Part("c", "2"))), "has an arrow", id="arrow in a pair"),
    ],
)
def test_what_gift_cannot_say_is_refused(body: Any, reason: str) -> None:
    with pytest.raises(NotCarriedError, match=reason):
        gift.write([Item("n", "p", body)])


def test_a_unit_is_written_below_the_question_and_found_there() -> None:
    item = Item("n", "How long?", Numbers((NumberAnswer(Fraction(5), NONE, ONE),), "ms"))
    text = gift.write([item])
    assert "How long?\\n\\n(Unit\\: ms)" in text
    assert (read(text).prompt, read(text).body) == (item.prompt, item.body)


@given(st.text())
def test_every_text_survives_escaping(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert not Span(escaped(text), 0, len(escaped(text))).marks("[~=#{}]|::|\n")


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12)
markdown = st.lists(words, min_size=1, max_size=4).map(" ".join) | st.sampled_from(
    ["[html]x", "%50%x", "=a~b", "# x", "->", "::x::", "a\n\nb", "####", "//x", "\\", "\\n", "{}", "$CATEGORY: x"]
)


@given(
    prompt=markdown, texts=st.lists(markdown, min_size=2, max_size=4), feedback=markdown | st.just(""), general=markdown
)
def test_choices_of_any_text_come_back(prompt: str, texts: list[str], feedback: str, general: str) -> None:
    choices = tuple(Choice(text, Fraction(int(place == 1)), feedback) for place, text in enumerate(texts))
    item = Item("a name", prompt, Choices(choices, single=True), general)
    back = read(gift.write([item]))
    assert (back.name, back.prompt, back.body, back.explanation) == (item.name, prompt, item.body, general)


@given(prompt=markdown, texts=st.lists(markdown.filter(lambda text: "->" not in text), min_size=1, max_size=4))
def test_short_answers_of_any_text_come_back(prompt: str, texts: list[str]) -> None:
    item = Item("n", prompt, Texts(tuple(TextAnswer(text, ONE, "Why") for text in texts)))
    back = read(gift.write([item]))
    assert (back.prompt, back.body) == (prompt, item.body)
