"""What holds for every kind of question, from the author's data to the learner's result."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from lessons import phrases
from lessons.models import Learner
from quizzes.attempts import drafts, taking
from quizzes.attempts.presentation import ResultCard, question_card
from quizzes.content.schema import spec_document
from quizzes.grading.scoring import AnsweredQuestion, grade_one
from quizzes.kinds import KINDS, parse_spec
from quizzes.models import Question, Quiz
from quizzes.questions import yaml_text
from quizzes.questions.checking import check, problem_of, require_that_it_refuses
from quizzes.questions.specifications import engine_of, facts_of, scenario_for
from tests.lessons.factories import make_instructor
from tests.quizzes.every_kind import EVERY_KIND, NEW, SOLUTIONS, make_quiz_of_every_kind
from tests.quizzes.factories import PAGE, make_attempt, submit

pytestmark = pytest.mark.django_db
every_kind = pytest.mark.parametrize("slug", EVERY_KIND)
USUAL = "usual"  # a mark of click_device, not shown


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz_of_every_kind()


def parsed(slug: str) -> tuple[Any, Any]:
    kind, _, spec = EVERY_KIND[slug]
    return KINDS[kind], parse_spec(kind, spec)


def facts(quiz: Quiz, slug: str, response: dict[str, Any] | None = None) -> Any:
    kind, spec = parsed(slug)
    return facts_of(kind, spec, response or {}, engine_of(scenario_for(spec, quiz.lesson)))


def result_of(quiz: Quiz, slug: str, response: dict[str, Any]) -> dict[str, Any]:
    kind, spec = parsed(slug)
    return grade_one(AnsweredQuestion(slug, kind.name, 1, spec, response, facts(quiz, slug, response)))


def test_there_is_a_question_of_every_kind() -> None:
    assert {kind for kind, _, _ in EVERY_KIND.values()} == set(KINDS)


@every_kind
def test_what_is_stored_says_what_the_author_wrote(slug: str) -> None:
    kind, _, spec = EVERY_KIND[slug]
    assert json.loads(json.dumps(spec_document(kind, spec))) == spec


@every_kind
def test_the_engine_finds_that_it_can_be_graded(slug: str, quiz: Quiz) -> None:
    kind, _, spec = EVERY_KIND[slug]
    check(kind, spec, quiz.lesson)


@every_kind
def test_the_right_response_earns_everything(slug: str, quiz: Quiz) -> None:
    kind, spec = parsed(slug)
    kind.check(spec, SOLUTIONS[slug])
    assert result_of(quiz, slug, SOLUTIONS[slug])["verdict"] == "right"


@every_kind
def test_no_response_is_not_answered(slug: str, quiz: Quiz) -> None:
    assert result_of(quiz, slug, {})["verdict"] == "not answered"


@every_kind
def test_there_are_distractors_and_none_is_right(slug: str, quiz: Quiz) -> None:
    kind, spec = parsed(slug)
    wrong = list(kind.distractors(spec, facts(quiz, slug)))
    verdicts = {result_of(quiz, slug, response)["verdict"] for response in wrong}
    assert verdicts
    assert verdicts <= ({"wrong", "partly right"} if kind.mistakes_earn_part else {"wrong"})


@every_kind
def test_what_the_grade_says_is_said_in_german(slug: str, quiz: Quiz) -> None:
    """Besides what the author wrote: the remark, and what the learner had instead of what is right."""
    kind, spec = parsed(slug)
    responses = (SOLUTIONS[slug], *kind.distractors(spec, facts(quiz, slug)))
    results = [result_of(quiz, slug, response) for response in responses]
    said = [result["remark"] for result in results] + [each["note"] for each in outcomes_of(results)]
    with translation.override("de"):
        assert [text for text in said if text not in ("", USUAL) and not phrases.is_shown(text)] == []


@pytest.mark.parametrize(
    ("slug", "response", "german"),
    [
        ("fate", {"verdict": "timeout"}, "Zeitüberschreitung: Nichts kommt zurück"),
        ("packet", {"fate": "rule"}, "Du hast gesagt: Eine andere Regel oder eine Firewall hält es auf"),
        ("packet", {"fate": "rule"}, "Was wird aus dem Paket? Es kommt an, und niemand lauscht auf seinem Port"),
        ("who", {"text": "nobody"}, "Etwas anderes"),
    ],
    ids=["an outcome", "what a learner said", "what is right", "any other answer"],
)
def test_the_words_of_a_kind_are_shown_in_german(slug: str, response: Any, german: str, quiz: Quiz) -> None:
    outcomes = outcomes_of([result_of(quiz, slug, response)])
    with translation.override("de"):
        assert german in [phrases.shown(text) for each in outcomes for text in (each["text"], each["note"])]


def outcomes_of(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [outcome for result in results for outcome in result["outcomes"]]


@every_kind
def test_what_is_invalid_is_refused(slug: str, quiz: Quiz) -> None:
    kind, spec = parsed(slug)
    require_that_it_refuses(kind, spec, scenario_for(spec, quiz.lesson))


@every_kind
def test_what_the_form_posts_is_the_response(slug: str, quiz: Quiz) -> None:
    """Reads the rendered form as a browser would post it, with the solution filled in."""
    attempt = make_attempt(quiz)
    answer = attempt.answers.select_related("revision", "attempt").get(revision__slug=slug)
    card = question_card(drafts.Draft(answer, SOLUTIONS[slug], 0))
    form = posted(render_to_string(card.template, {"card": card}), slug)
    kind, spec = parsed(slug)
    assert kind.read(spec, form, slug, answer.seed) == SOLUTIONS[slug]


def posted(markup: str, slug: str) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", markup):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") not in ("radio", "checkbox") or " checked" in tag:
            form.setdefault(attributes["name"], []).append(attributes["value"])
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', markup, re.DOTALL):
        form[name] = re.findall(r'<option value="([^"]*)" selected', options)
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', markup, re.DOTALL):
        form[name] = [unescape(text)]
    assert all(name.split(".")[0] == slug for name in form)
    return form


@every_kind
def test_the_result_shows_every_explanation(slug: str, quiz: Quiz) -> None:
    result = result_of(quiz, slug, SOLUTIONS[slug])
    card = ResultCard(1, result, KINDS[result["kind"]].result_template)
    page = render_to_string("quizzes/_result_card.html", {"card": card})
    for outcome in result["outcomes"]:
        assert outcome["explanation"].replace("'", "’") in page.replace("&#x27;", "’").replace("'", "’")


def test_how_an_answer_earns_points_is_said_before_it_is_given(quiz: Quiz) -> None:
    cards = [question_card(draft) for draft in taking.drafts_of(make_attempt(quiz))]
    rules = {card.slug: KINDS[EVERY_KIND[card.slug][0]].rule_for(parsed(card.slug)[1]) for card in cards}
    pages = {card.slug: unescape(render_to_string("quizzes/_question.html", {"card": card})) for card in cards}
    assert all(rules.values())
    assert [slug for slug, rule in rules.items() if f">{rule}</p>" not in pages[slug]] == []


SECRETS = (
    "client_sees",
    "seen_by_server",
    "10.244.2.0/24",
    "10.244.1.2",
    "kube-proxy",
    "That is",
    "Its own",
    "matchers",
)


def test_nothing_of_a_key_is_sent_while_the_attempt_is_open(quiz: Quiz) -> None:
    attempt = make_attempt(quiz)
    cards = [card for draft in taking.drafts_of(attempt) if (card := question_card(draft)).picture is None]
    page = "".join(render_to_string("quizzes/_question.html", {"card": card, "attempt": attempt}) for card in cards)
    assert [secret for secret in SECRETS if secret in page] == []


def test_a_picture_to_choose_in_is_the_same_whatever_is_right(quiz: Quiz) -> None:
    pages = set()
    for expect in ("encapsulates", "delivers"):
        Question.objects.filter(slug="wrapper").update(spec=EVERY_KIND["wrapper"][2] | {"expect": expect})
        answer = make_attempt(quiz, Learner.objects.create()).answers.get(revision__slug="wrapper")
        pages.add(
            render_to_string(KINDS["click_device"].template, {"card": question_card(drafts.Draft(answer, {}, 0))})
        )
    assert len(pages) == 1


@pytest.mark.parametrize("slug", NEW)
def test_a_question_of_each_kind_can_be_saved_and_previewed_in_the_admin(slug: str, quiz: Quiz) -> None:
    client = Client()
    client.force_login(make_instructor())
    question = Question.objects.get(slug=slug)
    form = {name: getattr(question, name) for name in ("slug", "kind", "points", "position", "difficulty")}
    form |= {"quiz": quiz.pk, "spec": yaml_text.dump(question.spec)}
    assert client.post(f"/admin/quizzes/question/{question.pk}/change/", form).status_code == 302
    assert Question.objects.get(slug=slug).spec == question.spec
    page = client.get(f"/admin/quizzes/question/{question.pk}/preview/").text
    assert "As they see it afterwards" in page
    assert "cannot be graded" not in page


PARTS = {"rule": {"rule.0": ["10.244.1.2"]}, "pairs": {"pairs.0": ["0"]}, "way": {"way.0": ["1"]}}


@pytest.mark.parametrize("slug", PARTS)
def test_a_part_of_an_answer_is_kept_and_holds_only_the_submission(slug: str, quiz: Quiz) -> None:
    attempt = make_attempt(quiz)
    form = {f"{slug}.version": ["0"]} | PARTS[slug]
    draft = taking.save_answer(attempt.pk, slug, form, PAGE)
    assert (draft.incomplete, draft.complete, draft.answered) == (True, False, True)
    assert not taking.save_form(attempt.pk, form, PAGE).unreadable
    submission = submit(attempt, form)
    assert [each.answer.revision.slug for each in submission.invalid] == [slug]


@pytest.mark.parametrize("slug", PARTS)
def test_a_part_of_an_answer_is_graded_as_far_as_it_goes(slug: str, quiz: Quiz) -> None:
    kind, spec = parsed(slug)
    response = kind.read(spec, PARTS[slug], slug, "seed")
    result = result_of(quiz, slug, response)
    assert result["answer"]
    assert 0 <= float(result["earned"]) < result["points"]


def test_no_question_has_a_problem(quiz: Quiz) -> None:
    assert [problem for question in quiz.questions.all() if (problem := problem_of(question))] == []
