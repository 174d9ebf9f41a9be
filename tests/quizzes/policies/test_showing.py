"""When points and key show, and that nothing of the key leaves the server before."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from classes.models import Enrolment
from lessons.learners import SESSION_KEY
from lessons.models import Learner
from quizzes.attempts import presentation, taking, watching
from quizzes.attempts.history import overview
from quizzes.grading import grader
from quizzes.grading.scores import score_of
from quizzes.models import Attempt, Quiz
from quizzes.policies.rules import Moment
from quizzes.policies.showing import showing_of
from tests.quizzes.classroom import HOUR, MINUTE, NOON, assign, enrol, extend
from tests.quizzes.every_kind import EVERY_KIND, make_quiz_of_every_kind
from tests.quizzes.factories import make_policy, make_quiz, right, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz(slugs=("sees",))


def policy(moment: Moment, **values: Any) -> Any:
    return make_policy(feedback=moment, key=moment, **values)


def done(enrolment: Enrolment, quiz: Quiz, at: datetime = NOON) -> Attempt:
    attempt = taking.start(quiz, enrolment.learner, at)
    submit(attempt, right(attempt))
    grader.perform(attempt.pk)
    attempt.refresh_from_db()
    return attempt


def key_shows(attempt: Attempt, now: datetime) -> bool:
    return showing_of(attempt, now).key


def test_without_a_policy_everything_shows_at_once(quiz: Quiz) -> None:
    attempt = done(enrol(assign(quiz)), quiz)
    assert showing_of(attempt, NOON).notes == ()
    assert key_shows(attempt, NOON)


@pytest.mark.parametrize(
    ("moment", "shows_at"),
    [
        pytest.param(Moment.GRADED, NOON, id="graded"),
        pytest.param(Moment.CLOSED, NOON + HOUR, id="closed"),
        pytest.param(Moment.LAST_TRY, NOON + HOUR, id="last try, of which there are more"),
        pytest.param(Moment.NEVER, None, id="never"),
    ],
)
def test_the_key_shows_from_its_moment_on(moment: Moment, shows_at: datetime | None, quiz: Quiz) -> None:
    attempt = done(enrol(assign(quiz, policy=policy(moment, max_attempts=2), closes_at=NOON + HOUR)), quiz)
    moments = [NOON, NOON + HOUR - MINUTE, NOON + HOUR]
    assert [key_shows(attempt, now) for now in moments] == [shows_at is not None and now >= shows_at for now in moments]


def test_the_last_try_shows_the_key_once_it_is_handed_in(quiz: Quiz) -> None:
    enrolment = enrol(assign(quiz, policy=policy(Moment.LAST_TRY, max_attempts=2)))
    first = done(enrolment, quiz)
    assert showing_of(first, NOON).notes[0] == "Points are shown after your last try."
    under_way = taking.start(quiz, enrolment.learner, NOON)
    assert not key_shows(first, NOON)
    submit(under_way, {})
    assert key_shows(first, NOON)


def test_the_key_waits_for_everybody_in_the_class(quiz: Quiz) -> None:
    """For late work, for an extension of somebody else, and for who still works with extra time."""
    moment, limit = policy(Moment.CLOSED, time_limit_minutes=60), timedelta(minutes=120)
    assignment = assign(quiz, policy=moment, closes_at=NOON + HOUR, late_until=NOON + HOUR + MINUTE)
    attempt, other = done(enrol(assignment), quiz), enrol(assignment, time_factor=2)
    assert [key_shows(attempt, NOON + HOUR), key_shows(attempt, NOON + HOUR + MINUTE)] == [False, True]
    taking.start(quiz, other.learner, NOON + HOUR)
    assert [key_shows(attempt, NOON + HOUR + limit - MINUTE), key_shows(attempt, NOON + HOUR + limit)] == [False, True]
    extend(other, quiz, closes_at=NOON + 5 * HOUR)
    assert [key_shows(attempt, NOON + 4 * HOUR), key_shows(attempt, NOON + 5 * HOUR)] == [False, True]


def test_points_may_show_before_the_key(quiz: Quiz) -> None:
    split = make_policy(feedback=Moment.GRADED, key=Moment.CLOSED)
    attempt = done(enrol(assign(quiz, policy=split, closes_at=NOON + HOUR)), quiz)
    showing = showing_of(attempt, NOON)
    assert (showing.points, showing.key) == (True, False)
    assert showing.notes == ("Right answers and explanations are shown on Nov. 21, 2026, 1 p.m. UTC.",)


@pytest.mark.parametrize(
    ("values", "window", "words"),
    [
        pytest.param({}, {}, "once the quiz is closed; no date is set", id="no closing"),
        pytest.param(
            {"max_attempts": 2},
            {"closes_at": NOON + HOUR},
            "after your last try, at the latest on Nov. 21, 2026, 1 p.m. UTC",
            id="last try or closing",
        ),
    ],
)
def test_a_result_says_when_the_rest_shows(
    values: dict[str, Any], window: dict[str, Any], words: str, quiz: Quiz
) -> None:
    attempt = done(enrol(assign(quiz, policy=policy(Moment.LAST_TRY, **values), **window)), quiz)
    assert [note for note in showing_of(attempt, NOON).notes if words in note]


def test_hidden_points_are_in_no_list_and_are_not_the_best(quiz: Quiz) -> None:
    enrolment = enrol(assign(quiz, policy=policy(Moment.NEVER)))
    done(enrolment, quiz)
    state = overview(quiz, enrolment.learner, NOON)
    assert (state.best, state.past[0].score, state.past[0].hidden) == (None, None, True)


SECRETS = ("explanation", "outcomes", "details", "right_answer", "experiment", "remark")


@pytest.mark.parametrize("slug", EVERY_KIND)
def test_a_redacted_result_of_each_kind_holds_nothing_of_the_key(slug: str) -> None:
    """Not answered, so that no answer of the learner is the key by itself."""
    quiz = make_quiz_of_every_kind()
    quiz.questions.exclude(slug=slug).delete()
    learner = Learner.objects.create()
    attempt = taking.start(quiz, learner, NOON)
    submit(attempt, {})
    grader.perform(attempt.pk)
    full = score_of(attempt).grade.marks.get().result  # type: ignore[union-attr]
    redacted = presentation.redacted(full, points=True)
    assert set(redacted) == {"slug", "kind", "prompt", "answer", "points", "earned", "verdict"}
    card = presentation.ResultCard(1, redacted, presentation.REDACTED_TEMPLATE)
    page = render_to_string("quizzes/_result_card.html", {"card": card, "attempt": attempt})
    texts = [text for text in strings({name: full[name] for name in SECRETS if name in full}) if len(text) > 3]
    assert texts
    asked = json.dumps([full["prompt"], full["answer"]])
    assert [text for text in texts if text in page and text not in asked] == []


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in strings(part)]


def client_of(attempt: Attempt) -> Client:
    client = Client()
    session = client.session
    session[SESSION_KEY] = attempt.learner_id
    session.save()
    client.cookies["sessionid"] = session.session_key
    return client


@pytest.mark.parametrize("moment", [Moment.GRADED, Moment.NEVER])
def test_no_packet_is_watched_before_the_key_shows(moment: Moment, quiz: Quiz, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def watched(attempt: Attempt, slug: str, number: int) -> None:
        asked.append(slug)
        raise watching.NothingToWatchError

    monkeypatch.setattr(watching, "watched", watched)
    attempt = done(enrol(assign(quiz, policy=policy(moment))), quiz)
    assert client_of(attempt).get(f"/quizzes/attempts/{attempt.pk}/sees/packets/1/").status_code == 404
    assert asked == (["sees"] if moment == Moment.GRADED else [])


def test_no_page_of_an_attempt_tells_the_key_before_it_shows() -> None:
    quiz = make_quiz_of_every_kind()
    quiz.policy = policy(Moment.NEVER)
    quiz.save()
    attempt = taking.start(quiz, Learner.objects.create())
    submit(attempt, {})
    grader.perform(attempt.pk)
    client = client_of(attempt)
    pages = [f"/quizzes/attempts/{attempt.pk}/result/", quiz.get_absolute_url()]
    text = "".join(client.get(page).text for page in pages)
    marks = [mark.result for mark in score_of(attempt).grade.marks.all()]  # type: ignore[union-attr]
    outcomes = [each["explanation"] for result in marks for each in result["outcomes"] if each["explanation"]]
    assert len(outcomes) > len(EVERY_KIND)
    assert [each for each in outcomes if each in text] == []
    assert not re.search(r"0 of \d+ points|>\s*(Passed|Not passed)\s*<", text)
    assert "are not shown for this quiz" in text
