"""Files become questions of a quiz: by the service and by the commands."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from lessons.models import Status
from quizzes.exchange import importing, outgoing
from quizzes.exchange.exporting import export_quiz
from quizzes.exchange.formats import FORMATS, GIFT, MOODLE_XML, format_of
from quizzes.exchange.importing import ImportRefusedError
from quizzes.models import Question, Quiz
from tests.quizzes.every_kind import EVERY_KIND, make_quiz_of_every_kind
from tests.quizzes.factories import make_quiz

pytestmark = pytest.mark.django_db
TWO = "::one::Which?{=a#Yes.~b#No.}\n\n::two::How many?{#3####Count.}"
BAD = "\n\n::three::Why?{}"


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz(status=Status.DRAFT, slugs=("true",))


def slugs(quiz: Quiz) -> list[str]:
    return list(quiz.questions.values_list("slug", flat=True))


def imported(quiz: Quiz, text: str) -> list[Question]:
    return importing.store(quiz, importing.review(quiz, text, "f").drafts)


def test_questions_are_added_in_the_order_of_the_file(quiz: Quiz) -> None:
    imported(quiz, TWO)
    assert slugs(quiz) == ["true", "one", "two"]


def test_a_name_that_is_taken_gets_a_number(quiz: Quiz) -> None:
    imported(quiz, "::true::How many?{#3####x}\n\n::true::How many?{#4####x}\n\nNo name{#5####x}")
    assert slugs(quiz) == ["true", "true-2", "true-3", "question-3"]


def test_the_same_question_twice_in_a_file_is_noticed(quiz: Quiz) -> None:
    review = importing.review(quiz, "::a::How many?{#3####x}\n\n::b::How many?{#3####x}", "f")
    assert [draft.same_as for draft in review.drafts] == ["", "a"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_question_of_the_quiz_is_recognized_whatever_the_order_of_its_keys(quiz: Quiz, name: str) -> None:
    review = importing.review(quiz, export_quiz(quiz, FORMATS[name]).text, "f")
    assert [draft.same_as for draft in review.drafts] == ["true"]


def test_a_key_that_does_not_hold_is_not_carried(quiz: Quiz) -> None:
    (loss,) = importing.review(quiz, "\n::a::How many?{#=3:1#x =%0%4#No.}", "f").losses
    assert (loss.place, loss.whole) == ("f:2", True)
    assert "mistakes[0]: is the right answer" in loss.reason


def test_losses_are_in_the_order_of_the_lines(quiz: Quiz) -> None:
    review = importing.review(quiz, "::a::Q{=x ~y}\n\n::b::Q{}\n\n::c::Q{=x ~y ~z}", "f")
    assert [loss.question for loss in review.losses] == ["a", "a", "b", "c", "c", "c"]


def test_a_quiz_has_a_hundred_questions_at_most(quiz: Quiz) -> None:
    drafts = importing.review(quiz, "::a::How many?{#3####x}", "f").drafts * 100
    with pytest.raises(ImportRefusedError, match="at most 100 questions; “Rules” has 1 and would get 100"):
        importing.store(quiz, drafts)
    assert slugs(quiz) == ["true"]


def test_a_quiz_published_meanwhile_gets_nothing(quiz: Quiz) -> None:
    drafts = importing.review(quiz, TWO, "f").drafts
    Quiz.objects.update(status=Status.PUBLISHED)
    with pytest.raises(ImportRefusedError, match="is published, so nothing was added"):
        importing.store(quiz, drafts)
    assert slugs(quiz) == ["true"]


@pytest.mark.parametrize(
    ("text", "form"),
    [("\ufeff \n<?xml version='1.0'?><quiz/>", MOODLE_XML), ("// <quiz>\n", GIFT), ("", GIFT)],
    ids=["XML", "GIFT", "nothing"],
)
def test_a_file_tells_its_format_by_its_beginning(text: str, form: object) -> None:
    assert format_of(text) is form


@pytest.mark.parametrize("name", FORMATS)
def test_a_quiz_comes_back_into_an_empty_one(name: str) -> None:
    """What the engine decided here is a key there; hops are pairs."""
    export = export_quiz(make_quiz_of_every_kind(), FORMATS[name])
    quiz = Quiz.objects.get()
    quiz.questions.all().delete()
    Quiz.objects.update(status=Status.DRAFT)
    imported(quiz, export.text)
    kinds = {slug: kind for slug, (kind, _, _) in EVERY_KIND.items()}
    becomes = {"verdict": "single_choice", "order_hops": "match"}
    missing = {loss.question for loss in export.losses if loss.whole}
    expected = {slug: becomes.get(kind, kind) for slug, kind in kinds.items() if slug not in missing}
    assert dict(quiz.questions.values_list("slug", "kind")) == expected
    assert len(expected) == export.count >= 8


def test_an_export_names_questions_that_have_no_counterpart_or_no_answer() -> None:
    quiz = make_quiz(slugs=("true", "source"))
    Question.objects.filter(slug="source").update(spec={"prompt": "?"})
    export = export_quiz(quiz, GIFT)
    assert export.count == 1
    assert [(loss.question, loss.place, loss.whole) for loss in export.losses if loss.whole] == [
        ("source", "networking/services", True)
    ]


def test_a_kind_without_counterpart_is_named_once() -> None:
    quiz = make_quiz_of_every_kind()
    others = {question.slug for question in quiz.questions.all() if question.kind not in outgoing.BODIES}
    losses = [loss for loss in export_quiz(quiz, MOODLE_XML).losses if loss.whole]
    assert {loss.question for loss in losses} == others
    assert all("has no counterpart" in loss.reason for loss in losses)


def test_an_export_puts_variants_into_a_category() -> None:
    quiz = make_quiz(slugs=())
    spec = {
        "prompt": "How much is [[a]] + 1?",
        "explanation": "Count.",
        "answer": {"value": "[[b]]"},
        "variants": [{"a": 1, "b": 2}, {"a": 2, "b": 3}],
    }
    Question.objects.create(quiz=quiz, slug="sum", kind="number", spec=spec)
    export = export_quiz(quiz, MOODLE_XML)
    items = MOODLE_XML.read(export.text, "f").items
    assert [(item.name, item.prompt, item.category) for item in items] == [
        ("sum-1", "How much is 1 + 1?", ("networking", "services", "sum")),
        ("sum-2", "How much is 2 + 1?", ("networking", "services", "sum")),
    ]


def run(command: str, *arguments: object) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(command, *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "q.gift"
    path.write_text(TWO + BAD)
    return path


def test_the_import_command_adds_what_can_be_carried_and_lists_the_rest(quiz: Quiz, file: Path) -> None:
    out, err = run("import_questions", file, "--quiz", "networking/services")
    assert slugs(quiz) == ["true", "one", "two"]
    assert "2 added to “Rules”." in out
    assert err.startswith(f"{file}:5: three: it has no answers, so it is an essay")


def test_the_import_command_adds_nothing_twice(quiz: Quiz, file: Path) -> None:
    run("import_questions", file, "--quiz", "networking/services")
    out, _ = run("import_questions", file, "--quiz", "networking/services")
    assert f"{file}:1: one-2 (single_choice): there already, as one" in out
    assert slugs(quiz) == ["true", "one", "two"]


def test_a_dry_run_adds_nothing(quiz: Quiz, file: Path) -> None:
    out, _ = run("import_questions", file, "--quiz", "networking/services", "--dry-run")
    assert f"{file}:3: two (number): would be added" in out
    assert slugs(quiz) == ["true"]


@pytest.mark.parametrize(
    ("name", "where", "message"),
    [
        ("q.gift", "networking/nowhere", "No quiz networking/nowhere"),
        ("gone.gift", "networking/services", "No such file"),
        ("bad.xml", "networking/services", r"bad.xml:1: is no well-formed XML"),
    ],
    ids=["no quiz", "no file", "broken file"],
)
def test_the_import_command_says_what_is_wrong(quiz: Quiz, file: Path, name: str, where: str, message: str) -> None:
    (file.parent / "bad.xml").write_text("<quiz")
    with pytest.raises(CommandError, match=message):
        run("import_questions", file.parent / name, "--quiz", where)


def test_the_import_command_leaves_a_published_quiz_alone(file: Path) -> None:
    quiz = make_quiz(slugs=("true",))
    with pytest.raises(CommandError, match="is published, so nothing was added"):
        run("import_questions", file, "--quiz", "networking/services")
    assert slugs(quiz) == ["true"]


def test_the_export_command_writes_a_file_and_lists_what_is_not_in_it(tmp_path: Path) -> None:
    export = export_quiz(make_quiz_of_every_kind(), GIFT)
    whole = sum(loss.whole for loss in export.losses)
    path = tmp_path / "out.gift"
    out, err = run("export_questions", "networking", "--format", "gift", "-o", path)
    assert f"{path}: {export.count} questions; {whole} could not be carried." in out
    assert "networking/services: rule: GIFT has no question with gaps to fill; Moodle XML has" in err
    assert path.read_text() == export.text


def test_the_export_command_prints_where_no_file_is_named() -> None:
    make_quiz(slugs=("true",))
    out, _ = run("export_questions", "networking", "services", "--format", "moodle-xml")
    assert [item.name for item in MOODLE_XML.read(out, "f").items] == ["true"]


def test_the_export_command_names_the_courses_there_are() -> None:
    make_quiz(slugs=("true",))
    with pytest.raises(CommandError, match="No quiz in nowhere. Courses with quizzes: networking."):
        run("export_questions", "nowhere", "--format", "gift")
