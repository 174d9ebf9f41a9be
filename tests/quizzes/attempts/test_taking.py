"""A learner's way through a quiz: nothing is lost, nothing is overwritten, nothing counts twice."""

from __future__ import annotations

from uuid import UUID

import pytest

from lessons.content.action_schema import Action
from lessons.learners import adopt
from lessons.models import Learner
from quizzes.attempts import history, taking
from quizzes.attempts.taking import AttemptRefusedError
from quizzes.models import Attempt, Question, QuestionRevision
from tests.lessons.factories import make_user
from tests.quizzes.factories import RESPONSES, SPECS, make_attempt, make_policy, make_quiz, right, submit, wrong

pytestmark = pytest.mark.django_db
State = Attempt.State
TAB, OTHER_TAB = UUID(int=1), UUID(int=2)


def response(attempt: Attempt, slug: str) -> object:
    return attempt.answers.get(revision__slug=slug).response


def test_an_attempt_asks_every_question_in_order() -> None:
    attempt = make_attempt()
    assert [answer.revision.slug for answer in attempt.answers.all()] == list(SPECS)


def test_starting_twice_goes_on_with_the_same_attempt() -> None:
    quiz, learner = make_quiz(), Learner.objects.create()
    assert taking.start(quiz, learner) == taking.start(quiz, learner)


def test_a_question_edited_meanwhile_stays_as_it_was_asked() -> None:
    attempt = make_attempt()
    question = Question.objects.get(slug="sees")
    question.spec = question.spec | {"prompt": "Something else?"}
    question.save()
    assert attempt.answers.get(revision__slug="sees").revision.spec["prompt"] == "What does the client see?"


def test_a_deleted_question_stays_in_the_attempts_that_asked_it() -> None:
    attempt = make_attempt()
    Question.objects.all().delete()
    assert [draft.answer.revision.slug for draft in taking.drafts_of(attempt)] == list(SPECS)


def test_equal_content_is_one_revision() -> None:
    quiz = make_quiz()
    make_attempt(quiz)
    make_attempt(quiz)
    assert QuestionRevision.objects.count() == len(SPECS)


def test_what_a_picture_marks_makes_no_other_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    quiz = make_quiz()
    make_attempt(quiz)
    monkeypatch.setattr(Action, "roles", {})
    monkeypatch.setattr(Action, "ends", ())
    make_attempt(quiz)
    assert QuestionRevision.objects.count() == len(SPECS)


def test_a_scene_changed_meanwhile_does_not_change_the_packet_that_decides() -> None:
    attempt = make_attempt()
    before = attempt.answers.get(revision__slug="way").revision.scenario
    scene = attempt.quiz.lesson.scene
    scene.manifests = scene.manifests.replace("10.244.2.2", "10.244.2.9")
    scene.save()
    assert attempt.answers.get(revision__slug="way").revision.scenario == before
    assert make_attempt(attempt.quiz).answers.get(revision__slug="way").revision.scenario != before


@pytest.mark.parametrize("slug", SPECS)
def test_a_draft_of_each_kind_is_kept_as_it_was_given(slug: str) -> None:
    attempt = make_attempt()
    draft = taking.save_answer(attempt.pk, slug, right(attempt, slug), TAB)
    assert (draft.problem, draft.saved) == ("", None)
    assert response(attempt, slug) == RESPONSES[slug][0]


def test_an_answer_that_cannot_be_read_is_kept_and_explained() -> None:
    attempt = make_attempt()
    draft = taking.save_answer(attempt.pk, "source", {"source": ["10.0.0"], "source.version": ["0"]}, TAB)
    assert "is not an IP address" in draft.problem
    assert response(attempt, "source") == {"text": "10.0.0"}


def test_an_answer_can_be_taken_back() -> None:
    attempt = make_attempt()
    taking.save_answer(attempt.pk, "sees", right(attempt, "sees"), TAB)
    taking.save_answer(attempt.pk, "sees", {"sees.version": ["1"]}, TAB)
    assert response(attempt, "sees") == {}


def test_another_window_never_overwrites_what_it_has_not_seen() -> None:
    attempt = make_attempt()
    old_form = wrong(attempt, "sees")
    taking.save_answer(attempt.pk, "sees", right(attempt, "sees"), TAB)
    draft = taking.save_answer(attempt.pk, "sees", old_form, OTHER_TAB)
    assert draft.saved == RESPONSES["sees"][0]
    assert draft.saved_in_words == "A connection"
    assert response(attempt, "sees") == RESPONSES["sees"][0]


def test_being_told_is_not_agreeing_to_overwrite() -> None:
    attempt = make_attempt()
    old_form = wrong(attempt, "sees")
    taking.save_answer(attempt.pk, "sees", right(attempt, "sees"), TAB)
    told = taking.save_answer(attempt.pk, "sees", old_form, OTHER_TAB)
    again = old_form | {"sees.version": [str(told.version)]}
    assert taking.save_answer(attempt.pk, "sees", again, OTHER_TAB).saved is not None
    assert submit(attempt, again, OTHER_TAB).conflicts
    assert response(attempt, "sees") == RESPONSES["sees"][0]


def test_a_learner_who_decides_for_this_windows_answer_overwrites_the_other() -> None:
    attempt = make_attempt()
    old_form = wrong(attempt, "sees")
    taking.save_answer(attempt.pk, "sees", right(attempt, "sees"), TAB)
    told = taking.save_answer(attempt.pk, "sees", old_form, OTHER_TAB)
    decided = old_form | {"sees.version": [str(told.version), str(told.answer.version)]}
    assert taking.save_answer(attempt.pk, "sees", decided, OTHER_TAB).saved is None
    assert response(attempt, "sees") == RESPONSES["sees"][1]


def test_a_decision_made_before_a_third_windows_save_does_not_overwrite_that() -> None:
    attempt = make_attempt()
    old_form = wrong(attempt, "source")
    taking.save_answer(attempt.pk, "source", right(attempt, "source"), TAB)
    decided = old_form | {"source.version": ["0", "1"]}
    taking.save_answer(attempt.pk, "source", {"source": ["10.0.0.9"], "source.version": ["1"]}, UUID(int=3))
    assert taking.save_answer(attempt.pk, "source", decided, OTHER_TAB).saved == {"text": "10.0.0.9"}


def test_a_window_never_conflicts_with_itself() -> None:
    attempt = make_attempt()
    first, second = right(attempt, "sees"), wrong(attempt, "sees")
    taking.save_answer(attempt.pk, "sees", first, TAB)
    assert taking.save_answer(attempt.pk, "sees", second, TAB).saved is None
    assert response(attempt, "sees") == RESPONSES["sees"][1]


def test_the_same_answer_in_two_windows_is_no_conflict() -> None:
    attempt = make_attempt()
    form = right(attempt, "sees")
    taking.save_answer(attempt.pk, "sees", form, TAB)
    assert taking.save_answer(attempt.pk, "sees", form, OTHER_TAB).saved is None


def test_submitting_keeps_the_answers_and_closes_the_attempt() -> None:
    attempt = make_attempt()
    assert submit(attempt, right(attempt), TAB).accepted
    attempt.refresh_from_db()
    assert (attempt.state, attempt.submission_id) == (State.SUBMITTED, TAB)
    assert {slug: response(attempt, slug) for slug in SPECS} == {slug: pair[0] for slug, pair in RESPONSES.items()}


def test_submitting_again_changes_nothing() -> None:
    attempt = make_attempt()
    late_form = wrong(attempt)
    submit(attempt, right(attempt), TAB)
    assert submit(attempt, late_form, OTHER_TAB).accepted
    attempt.refresh_from_db()
    assert attempt.submission_id == TAB
    assert response(attempt, "sees") == RESPONSES["sees"][0]


def test_unanswered_questions_are_pointed_out_once() -> None:
    attempt = make_attempt()
    form = right(attempt, "sees")
    submission = taking.submit(attempt.pk, form, TAB, unanswered_confirmed=False)
    assert not submission.accepted
    assert [draft.answer.revision.slug for draft in submission.unanswered] == ["true", "source", "way"]
    assert taking.submit(attempt.pk, form, TAB, unanswered_confirmed=True).accepted


def test_an_invalid_answer_costs_nothing_and_holds_the_attempt_open() -> None:
    attempt = make_attempt()
    submission = submit(attempt, right(attempt) | {"source": ["10.244.1.2/24"]}, TAB)
    assert not submission.accepted
    assert [draft.problem for draft in submission.invalid] == [
        "“10.244.1.2/24” has a prefix length. Give the address alone: “10.244.1.2”."
    ]
    attempt.refresh_from_db()
    assert attempt.state == State.IN_PROGRESS
    assert response(attempt, "source") == {"text": "10.244.1.2/24"}


def test_submitting_over_another_windows_answers_asks_first() -> None:
    attempt = make_attempt()
    old_form = wrong(attempt)
    taking.save_answer(attempt.pk, "sees", right(attempt, "sees"), TAB)
    submission = submit(attempt, old_form, OTHER_TAB)
    assert not submission.accepted
    assert [draft.answer.revision.slug for draft in submission.conflicts] == ["sees"]
    assert response(attempt, "sees") == RESPONSES["sees"][0]


def test_a_form_of_another_attempt_is_refused() -> None:
    quiz = make_quiz()
    first, second = make_attempt(quiz), make_attempt(quiz)
    submit(first, right(first), TAB)
    with pytest.raises(AttemptRefusedError, match="belongs to another attempt"):
        submit(second, right(second), TAB)


def test_a_closed_attempt_takes_no_drafts() -> None:
    attempt = make_attempt()
    form = wrong(attempt, "sees")
    submit(attempt, right(attempt), TAB)
    with pytest.raises(AttemptRefusedError, match="submitted in another window"):
        taking.save_answer(attempt.pk, "sees", form, TAB)
    assert response(attempt, "sees") == RESPONSES["sees"][0]


def test_the_limit_of_attempts_holds() -> None:
    quiz, learner = make_quiz(policy=make_policy(max_attempts=2)), Learner.objects.create()
    for _ in range(2):
        submit(make_attempt(quiz, learner), {})
    with pytest.raises(AttemptRefusedError, match="used all 2 attempts"):
        taking.start(quiz, learner)
    assert history.overview(quiz, learner).attempts_left == 0


def test_a_quiz_without_questions_says_so() -> None:
    with pytest.raises(AttemptRefusedError, match="no questions"):
        make_attempt(make_quiz(slugs=()))


def test_a_quiz_whose_experiment_is_gone_is_not_started() -> None:
    quiz = make_quiz()
    quiz.lesson.experiments.all().delete()
    with pytest.raises(AttemptRefusedError, match="is being edited"):
        make_attempt(quiz)
    assert not Attempt.objects.exists()


def test_a_guests_attempts_go_on_as_the_users() -> None:
    quiz, user = make_quiz(), make_user()
    mine = make_attempt(quiz, Learner.objects.create(user=user))
    submit(mine, {})
    guest = Learner.objects.create()
    done, under_way = make_attempt(quiz, guest), None
    submit(done, {})
    under_way = make_attempt(quiz, guest)
    learner = adopt(guest, user)
    assert [(a.pk, a.number) for a in Attempt.objects.filter(learner=learner)] == [
        (mine.pk, 1),
        (done.pk, 2),
        (under_way.pk, 3),
    ]


def test_of_two_attempts_under_way_the_guests_goes_on_and_the_other_is_set_aside() -> None:
    quiz, user = make_quiz(policy=make_policy(max_attempts=1)), make_user()
    mine = make_attempt(quiz, Learner.objects.create(user=user))
    guest = Learner.objects.create()
    newer = make_attempt(quiz, guest)
    learner = adopt(guest, user)
    mine.refresh_from_db()
    assert mine.state == State.SET_ASIDE
    current = history.overview(quiz, learner).current
    assert current is not None
    assert current.attempt == newer
