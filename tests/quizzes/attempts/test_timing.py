"""When a quiz may be started, and what the clock does: it loses nothing, and counts nothing that came too late."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classes.models import Enrolment
from lessons.learners import adopt
from lessons.models import Learner
from quizzes.attempts import taking
from quizzes.attempts.history import overview
from quizzes.attempts.taking import AttemptRefusedError
from quizzes.grading import deductions, grader
from quizzes.models import Attempt, Grade, Quiz
from quizzes.policies.deducting import deducted
from quizzes.policies.rules import Rules
from tests.lessons.factories import make_user
from tests.quizzes.classroom import HOUR, MINUTE, NOON, assign, enrol, extend
from tests.quizzes.factories import RESPONSES, make_policy, make_quiz, right, wrong

pytestmark = pytest.mark.django_db
State = Attempt.State
TAB = UUID(int=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz(slugs=("sees", "source"))


def limited(quiz: Quiz, minutes: int = 10, **values: Any) -> Enrolment:
    return enrol(assign(quiz, policy=make_policy(time_limit_minutes=minutes)), **values)


def started(enrolment: Enrolment, quiz: Quiz, at: datetime = NOON) -> Attempt:
    return taking.start(quiz, enrolment.learner, at)


def submitted(attempt: Attempt, form: dict[str, list[str]], at: datetime, **options: Any) -> Attempt:
    taking.submit(attempt.pk, form, uuid4(), unanswered_confirmed=True, now=at, **options)
    attempt.refresh_from_db()
    return attempt


def graded(attempt: Attempt) -> Grade:
    grader.perform(attempt.pk)
    return attempt.grades.get()


def response(attempt: Attempt, slug: str) -> Any:
    return attempt.answers.get(revision__slug=slug).response


@pytest.mark.parametrize(
    ("window", "why"),
    [
        pytest.param({"opens_at": NOON + MINUTE}, "opens on Nov. 21, 2026, 12:01 p.m. UTC", id="before it opens"),
        pytest.param({"closes_at": NOON}, "closed on Nov. 21, 2026, noon UTC", id="after it closed"),
        pytest.param({"opens_at": NOON, "closes_at": NOON + MINUTE}, "", id="while it is open"),
        pytest.param({"closes_at": NOON - HOUR, "late_until": NOON + MINUTE}, "", id="while late work is taken"),
        pytest.param({"closes_at": NOON - HOUR, "late_until": NOON}, "closed on", id="after late work"),
    ],
)
def test_a_window_opens_and_closes(window: dict[str, Any], why: str, quiz: Quiz) -> None:
    learner = enrol(assign(quiz, **window)).learner
    state = overview(quiz, learner, NOON)
    assert why in state.refusal
    assert state.may_start is not bool(why)
    if why:
        with pytest.raises(AttemptRefusedError, match="This quiz"):
            taking.start(quiz, learner, NOON)
    else:
        assert taking.start(quiz, learner, NOON).state == State.IN_PROGRESS


def test_a_cooldown_runs_from_the_last_submission(quiz: Quiz) -> None:
    quiz.policy = make_policy(cooldown_minutes=30)
    learner = Learner.objects.create()
    submitted(taking.start(quiz, learner, NOON), {}, NOON + MINUTE)
    with pytest.raises(AttemptRefusedError, match="try again from Nov. 21, 2026, 12:31 p.m. UTC"):
        taking.start(quiz, learner, NOON + 30 * MINUTE)
    assert taking.start(quiz, learner, NOON + 31 * MINUTE).number == 2


def test_what_could_not_be_graded_uses_up_no_try(quiz: Quiz) -> None:
    """Nor does it cost a penalty or a wait, as long as it is not graded."""
    quiz.policy = make_policy(max_attempts=1, cooldown_minutes=30, penalty_percent=50)
    quiz.save()
    learner = Learner.objects.create()
    lost = submitted(taking.start(quiz, learner, NOON), {}, NOON)
    Attempt.objects.filter(pk=lost.pk).update(state=State.FAILED)
    again = taking.start(quiz, learner, NOON)
    assert [(row.number, row.attempt) for row in overview(quiz, learner, NOON).past] == [(1, again), (1, lost)]
    assert graded(submitted(again, right(again), NOON)).deductions == []
    with pytest.raises(AttemptRefusedError, match="used your only attempt"):
        taking.start(quiz, learner, NOON + HOUR)


def test_an_extension_gives_another_try(quiz: Quiz) -> None:
    enrolment = enrol(assign(quiz, policy=make_policy(max_attempts=1)))
    submitted(started(enrolment, quiz), {}, NOON)
    with pytest.raises(AttemptRefusedError, match="used your only attempt"):
        started(enrolment, quiz)
    extend(enrolment, quiz, extra_attempts=1)
    assert started(enrolment, quiz).number == 2


def test_tries_for_no_class_are_not_tries_of_the_class(quiz: Quiz) -> None:
    learner = Learner.objects.create()
    submitted(taking.start(quiz, learner, NOON), {}, NOON)
    enrolment = enrol(assign(quiz, policy=make_policy(max_attempts=1)), learner)
    attempt = started(enrolment, quiz)
    assert (attempt.number, attempt.enrolment) == (2, enrolment)


def test_an_attempt_for_no_class_does_not_go_on_as_one_for_the_class(quiz: Quiz) -> None:
    learner = Learner.objects.create()
    before = taking.start(quiz, learner, NOON)
    enrolment = enrol(assign(quiz), learner)
    assert started(enrolment, quiz) != before
    before.refresh_from_db()
    assert before.state == State.SET_ASIDE


def test_a_login_never_sets_an_attempt_for_a_class_aside(quiz: Quiz) -> None:
    user = make_user()
    mine = started(enrol(assign(quiz), Learner.objects.create(user=user)), quiz)
    guest = Learner.objects.create()
    theirs = taking.start(quiz, guest, NOON)
    adopt(guest, user)
    states = dict(Attempt.objects.values_list("pk", "state"))
    assert states == {mine.pk: State.IN_PROGRESS, theirs.pk: State.SET_ASIDE}


def test_a_draft_is_taken_until_the_grace_ends(quiz: Quiz) -> None:
    attempt = started(limited(quiz), quiz)
    end = NOON + 10 * MINUTE + 30 * SECOND
    taking.save_answer(attempt.pk, "sees", right(attempt, "sees"), TAB, end - SECOND)
    assert response(attempt, "sees") == RESPONSES["sees"][0]


def test_a_draft_that_comes_too_late_submits_what_was_saved(quiz: Quiz) -> None:
    attempt = started(limited(quiz), quiz)
    taking.save_answer(attempt.pk, "sees", right(attempt, "sees"), TAB, NOON + MINUTE)
    with pytest.raises(AttemptRefusedError, match="Time is up"):
        taking.save_answer(attempt.pk, "sees", wrong(attempt, "sees"), TAB, NOON + 11 * MINUTE)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.closed_by_clock) == (State.SUBMITTED, True)
    assert response(attempt, "sees") == RESPONSES["sees"][0]
    assert graded(attempt).score == 1


def test_a_form_that_comes_too_late_submits_what_was_saved(quiz: Quiz) -> None:
    attempt = started(limited(quiz), quiz)
    taking.save_answer(attempt.pk, "sees", wrong(attempt, "sees"), TAB, NOON + MINUTE)
    submitted(attempt, right(attempt), NOON + 11 * MINUTE)
    assert (attempt.state, attempt.closed_by_clock) == (State.SUBMITTED, True)
    assert (response(attempt, "sees"), response(attempt, "source")) == (RESPONSES["sees"][1], {})


def test_a_form_within_the_grace_is_taken(quiz: Quiz) -> None:
    attempt = started(limited(quiz), quiz)
    submitted(attempt, right(attempt), NOON + 10 * MINUTE + 20 * SECOND)
    assert (attempt.state, attempt.closed_by_clock) == (State.SUBMITTED, False)
    assert graded(attempt).score == 2


def test_when_time_is_up_nothing_holds_a_submission_open(quiz: Quiz) -> None:
    """Neither an unanswered question nor an answer that cannot be read: that one counts as none, and is told."""
    attempt = started(limited(quiz), quiz)
    form = {"source": ["10.244.1.2/24"], "source.version": ["0"]}
    taking.submit(attempt.pk, form, TAB, unanswered_confirmed=False, by_clock=True, now=NOON + 10 * MINUTE)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.closed_by_clock) == (State.SUBMITTED, True)
    mark = graded(attempt).marks.get(answer__revision__slug="source")
    assert (mark.earned, mark.verdict) == (0, "not answered")
    assert "10.244.1.2/24" in mark.result["remark"]


def test_what_is_only_partly_answered_when_time_is_up_earns_its_part() -> None:
    quiz = make_quiz(slugs=("way",))
    attempt = started(limited(quiz), quiz)
    form = {name: values for name, values in right(attempt).items() if values != ["4"]}
    submitted(attempt, form, NOON + 10 * MINUTE, by_clock=True)
    assert graded(attempt).score == Decimal("1.33")


def test_a_page_whose_clock_ran_out_goes_on_when_more_time_was_granted(quiz: Quiz) -> None:
    enrolment = limited(quiz)
    attempt = started(enrolment, quiz)
    extend(enrolment, quiz, extra_minutes=5)
    form = right(attempt)
    submission = taking.submit(attempt.pk, form, TAB, unanswered_confirmed=False, by_clock=True, now=NOON + 10 * MINUTE)
    attempt.refresh_from_db()
    assert (submission.accepted, submission.more_time, attempt.state) == (False, True, State.IN_PROGRESS)
    assert attempt.deadline_at == NOON + 15 * MINUTE
    assert response(attempt, "source") == RESPONSES["source"][0]


def test_the_sweeper_closes_what_nobody_submits_once(quiz: Quiz) -> None:
    enrolment = limited(quiz)
    attempt = started(enrolment, quiz)
    waiting = started(limited(quiz, minutes=60), quiz)
    taking.save_answer(attempt.pk, "sees", right(attempt, "sees"), TAB, NOON + MINUTE)
    late = NOON + 11 * MINUTE
    assert [taking.close_expired(NOON + 10 * MINUTE), taking.close_expired(late)] == [0, 1]
    assert taking.close_expired(late) == 0
    attempt.refresh_from_db()
    waiting.refresh_from_db()
    assert (attempt.state, waiting.state) == (State.SUBMITTED, State.IN_PROGRESS)
    assert graded(attempt).score == 1


def test_the_sweeper_leaves_alone_who_was_granted_more(quiz: Quiz) -> None:
    enrolment = limited(quiz)
    attempt = started(enrolment, quiz)
    extend(enrolment, quiz, extra_minutes=5)
    assert taking.close_expired(NOON + 11 * MINUTE) == 0
    assert taking.close_expired(NOON + 16 * MINUTE) == 1
    assert Attempt.objects.get(pk=attempt.pk).closed_by_clock


def test_each_try_before_takes_its_share_off(quiz: Quiz) -> None:
    quiz.policy = make_policy(penalty_percent=25)
    quiz.save()
    learner, scores = Learner.objects.create(), []
    for _ in range(3):
        attempt = taking.start(quiz, learner, NOON)
        scores.append(graded(submitted(attempt, right(attempt), NOON)).score)
    assert scores == [2, Decimal("1.5"), 1]
    assert attempt.grades.get().raw_score == 2
    assert attempt.grades.get().deductions == [{"reason": "tries", "percent": 50}]


def test_late_work_loses_the_late_penalty(quiz: Quiz) -> None:
    policy = make_policy(late_penalty_percent=50)
    enrolment = enrol(assign(quiz, policy=policy, closes_at=NOON, late_until=NOON + HOUR))
    attempt = started(enrolment, quiz, NOON - MINUTE)
    grade = graded(submitted(attempt, right(attempt), NOON + 2 * MINUTE))
    assert (grade.raw_score, grade.score, grade.deductions) == (2, 1, [{"reason": "late", "percent": 50}])


def test_work_saved_in_time_is_not_late_because_nobody_pressed_submit(quiz: Quiz) -> None:
    policy = make_policy(late_penalty_percent=50)
    enrolment = enrol(assign(quiz, policy=policy, closes_at=NOON, late_until=NOON + HOUR))
    attempt = started(enrolment, quiz, NOON - 5 * MINUTE)
    taking.save_answer(attempt.pk, "sees", right(attempt, "sees"), TAB, NOON - MINUTE)
    taking.close_expired(NOON + 2 * HOUR)
    assert (graded(attempt).score, attempt.grades.get().deductions) == (1, [])


@given(
    st.lists(st.integers(0, 100), min_size=2, max_size=2).map(sorted),
    st.integers(0, 100),
    st.integers(0, 100),
    st.booleans(),
)
def test_a_later_try_is_never_worth_more_for_the_same_answers(
    tries: list[int], penalty: int, late_penalty: int, late: bool
) -> None:
    """What deductions_of makes of the number of a try, whatever the policy."""
    rules = Rules(penalty_percent=penalty, late_penalty_percent=late_penalty)
    earlier, later = (deductions.after(Decimal(7), deducted(rules, number, late=late)) for number in tries)
    assert 0 <= later <= earlier <= 7
