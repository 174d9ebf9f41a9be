"""What who edits questions sees of a regrade, and what the learner reads of it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from lessons.learners import learner_of
from quizzes.models import Quiz, Regrade
from quizzes.regrading import running
from quizzes.regrading.outdated import outdated_attempts, outdated_under_way
from tests.lessons.factories import make_instructor, make_user
from tests.quizzes.factories import make_attempt, right, wrong
from tests.quizzes.regrading.setting import (
    REASON,
    applied,
    compared,
    correct,
    effects,
    only_option_1,
    taken,
    two_questions,
)

pytestmark = pytest.mark.django_db
State = Regrade.State


@pytest.fixture
def quiz() -> Quiz:
    return two_questions()


@pytest.fixture
def ben() -> Any:
    return make_instructor()


@pytest.fixture
def editor(client: Client, ben: Any) -> Client:
    client.force_login(ben)
    return client


def ask_url(quiz: Quiz) -> str:
    return f"/quizzes/grading/quizzes/{quiz.pk}/regrade/"


def text(client: Client, url: str) -> str:
    return client.get(url).content.decode()


class TestOutdated:
    def test_is_an_attempt_whose_question_changed(self, quiz: Quiz) -> None:
        attempt = taken(quiz, wrong)
        assert not outdated_attempts(quiz).exists()
        correct(quiz, options=only_option_1(quiz))
        assert list(outdated_attempts(quiz)) == [attempt]

    def test_is_counted_for_the_question_that_changed_alone(self, quiz: Quiz) -> None:
        taken(quiz, wrong)
        correct(quiz, options=only_option_1(quiz))
        counts = {question.slug: outdated_attempts(quiz, question).count() for question in quiz.questions.all()}
        assert counts == {"true": 1, "source": 0}

    def test_is_no_attempt_in_another_variant_of_the_same_question(self, quiz: Quiz) -> None:
        variants = [{"n": 1}, {"n": 2}, {"n": 3}]
        correct(quiz, "source", prompt="Which source does the server see? ([[n]])", variants=variants)
        for _ in range(3):
            taken(quiz, right)
        assert not outdated_attempts(quiz).exists()

    def test_is_nothing_that_was_regraded_since(self, quiz: Quiz, ben: Any) -> None:
        taken(quiz, wrong)
        correct(quiz, options=only_option_1(quiz))
        applied(quiz, ben)
        assert not outdated_attempts(quiz).exists()

    def test_is_again_what_was_regraded_before_the_last_change(self, quiz: Quiz, ben: Any) -> None:
        taken(quiz, wrong)
        correct(quiz, options=only_option_1(quiz))
        applied(quiz, ben)
        correct(quiz, prompt="What holds?")
        assert outdated_attempts(quiz).count() == 1

    def test_under_way_is_what_will_be_graded_by_the_version_before(self, quiz: Quiz) -> None:
        attempt = make_attempt(quiz)
        correct(quiz, options=only_option_1(quiz))
        assert (list(outdated_under_way(quiz)), outdated_attempts(quiz).count()) == ([attempt], 0)

    def test_leaves_out_what_an_instructor_tried_as_a_learner(self, quiz: Quiz, ben: Any) -> None:
        attempt = taken(quiz, wrong)
        attempt.learner.stand_in_of = ben
        attempt.learner.save()
        correct(quiz, options=only_option_1(quiz))
        assert not outdated_attempts(quiz).exists()
        assert effects(compared(quiz, ben)) == {}


class TestAsking:
    def test_begins_a_dry_run_of_every_question(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        form = {"reason": REASON, "question:true": "grade", "question:source": "grade"}
        page = editor.post(ask_url(quiz), form)
        regrade = Regrade.objects.get()
        assert (page.status_code, page.headers["Location"]) == (302, regrade.get_absolute_url())
        assert (regrade.treatments, regrade.may_lower, regrade.requested_by) == ({}, False, ben)

    def test_keeps_what_is_to_be_done_with_each_question(self, quiz: Quiz, editor: Client) -> None:
        form = {"reason": REASON, "question:true": "drop", "question:source": "keep", "may_lower": "on"}
        editor.post(ask_url(quiz), form)
        regrade = Regrade.objects.get()
        assert (regrade.treatments, regrade.may_lower) == ({"true": "drop", "source": "keep"}, True)

    def test_for_one_question_leaves_the_others_alone_at_first(self, quiz: Quiz, editor: Client) -> None:
        form = editor.get(f"{ask_url(quiz)}?question=true").context["form"]
        assert (form["question:true"].initial, form["question:source"].initial) == ("grade", "keep")

    def test_lists_a_question_that_was_taken_out_of_the_quiz(self, quiz: Quiz, editor: Client) -> None:
        taken(quiz, wrong)
        quiz.questions.get(slug="true").delete()
        assert "question:true" in editor.get(ask_url(quiz)).context["form"].fields

    def test_without_a_reason_keeps_the_form(self, quiz: Quiz, editor: Client) -> None:
        page = editor.post(ask_url(quiz), {"question:true": "drop", "question:source": "grade"})
        assert (page.status_code, Regrade.objects.count()) == (422, 0)
        assert page.context["form"]["question:true"].value() == "drop"

    def test_while_another_one_is_under_way_says_so(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        running.request(quiz, reason=REASON, by=ben)
        page = editor.post(ask_url(quiz), {"reason": "x", "question:true": "grade", "question:source": "grade"})
        assert "is under way" in page.content.decode()


class TestRegradePage:
    def test_polls_while_the_dry_run_goes_on(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        taken(quiz, wrong)
        regrade = running.request(quiz, reason=REASON, by=ben)
        page = text(editor, regrade.get_absolute_url())
        assert f'hx-get="{regrade.get_absolute_url()}"' in page
        assert "0 of 1 attempts" in page

    def test_stops_polling_with_the_result(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        taken(quiz, wrong)
        page = text(editor, compared(quiz, ben).get_absolute_url())
        assert "hx-get" not in page

    def test_shows_who_would_change_and_how(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        taken(quiz, wrong)
        correct(quiz, options=only_option_1(quiz))
        rows = editor.get(compared(quiz, ben).get_absolute_url()).context["rows"]
        [change] = rows[0].questions
        assert (change.slug, change.earned, change.new_earned) == ("true", 0, 2)

    def test_begins_with_those_who_gain_and_filters(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        taken(quiz, right)
        gaining = taken(quiz, wrong)
        correct(quiz, options=only_option_1(quiz))
        url = compared(quiz, ben).get_absolute_url()
        first, kept = editor.get(url).context, editor.get(f"{url}?effect=kept").context
        assert [each.name for each in first["filters"]] == ["up", "kept"]
        assert [row.attempt for row in first["rows"]] == [gaining]
        assert [row.change.effect for row in kept["rows"]] == ["kept"]

    def test_is_applied_by_a_button(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        taken(quiz, wrong)
        correct(quiz, options=only_option_1(quiz))
        regrade = compared(quiz, ben)
        editor.post(f"{regrade.get_absolute_url()}apply/")
        regrade.refresh_from_db()
        assert regrade.state == State.APPLYING

    def test_offers_nothing_to_apply_where_nothing_changes(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        taken(quiz, wrong)
        assert "Apply it" not in text(editor, compared(quiz, ben).get_absolute_url())

    def test_of_a_stale_dry_run_offers_a_new_one_instead(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        taken(quiz, wrong)
        regrade = compared(quiz, ben, treatments={"source": "keep"})
        correct(quiz, options=only_option_1(quiz))
        page = text(editor, regrade.get_absolute_url())
        assert "Apply it" not in page
        editor.post(f"{regrade.get_absolute_url()}again/")
        newer = Regrade.objects.latest("pk")
        assert (newer.reason, newer.treatments) == (REASON, {"source": "keep"})
        assert newer.digest != regrade.digest

    def test_says_what_was_graded_since_and_what_goes_on(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        make_attempt(quiz)
        correct(quiz, options=only_option_1(quiz))
        regrade = compared(quiz, ben)
        taken(quiz, wrong)
        standing = editor.get(regrade.get_absolute_url()).context["standing"]
        assert (standing.later, standing.under_way) == (1, 1)

    def test_marks_attempts_where_a_person_s_score_counts_on(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        attempt = taken(quiz, wrong)
        editor.post(f"/quizzes/grading/attempts/{attempt.pk}/", {"score": "1", "reason": "x", "action": "give"})
        correct(quiz, options=only_option_1(quiz))
        assert editor.get(compared(quiz, ben).get_absolute_url()).context["rows"][0].set_by_person

    def test_is_cancelled_by_a_button(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        regrade = running.request(quiz, reason=REASON, by=ben)
        editor.post(f"{regrade.get_absolute_url()}cancel/")
        regrade.refresh_from_db()
        assert regrade.state == State.CANCELLED

    def test_has_all_of_it_as_a_file(self, quiz: Quiz, editor: Client, ben: Any) -> None:
        taken(quiz, wrong, learner_of(make_user("=1+1")))
        correct(quiz, options=only_option_1(quiz))
        answer = editor.get(f"{compared(quiz, ben).get_absolute_url()}changes.csv")
        heads, line = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
        assert dict(zip(heads, line, strict=True)) == {
            "learner": "'=1+1", "attempt": "1", "effect": "up", "score": "0.00", "of": "3.00", "new score": "2.00",
            "new of": "3.00", "questions": "true: 0.00 → 2.00", "deductions": "", "problems": "",
        }  # fmt: skip


@pytest.mark.parametrize("path", ["", "apply/", "cancel/", "again/", "changes.csv"], ids=lambda path: path or "page")
def test_nobody_else_knows_that_there_is_a_regrade(quiz: Quiz, client: Client, ben: Any, path: str) -> None:
    regrade = running.request(quiz, reason=REASON, by=ben)
    client.force_login(make_user("eve"))
    send = client.post if path.endswith("y/") or path in ("cancel/", "again/") else client.get
    assert send(f"{regrade.get_absolute_url()}{path}").status_code == 404
    regrade.refresh_from_db()
    assert (regrade.state, Regrade.objects.count()) == (State.COMPARING, 1)


def test_the_learner_reads_why_the_score_changed_and_what_it_was(quiz: Quiz, client: Client, ben: Any) -> None:
    dora = make_user("dora")
    attempt = taken(quiz, wrong, learner_of(dora))
    correct(quiz, options=only_option_1(quiz))
    applied(quiz, ben)
    client.force_login(dora)
    page = text(client, attempt.get_absolute_url())
    assert "before, it was 0 of 3 points" in page
    assert REASON in page


def test_whoever_corrects_a_question_in_the_admin_is_led_to_the_regrade(quiz: Quiz, editor: Client) -> None:
    taken(quiz, wrong)
    question = quiz.questions.get(slug="source")
    url = f"/admin/quizzes/question/{question.pk}/change/"
    form = editor.get(url).context["adminform"].form
    values = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    page = editor.post(url, values | {"points": "2"}, follow=True).content.decode()
    assert "1 graded attempt had an earlier version of this question." in page
    assert f"{ask_url(quiz)}?question=source" in page
