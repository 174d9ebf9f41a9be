"""Who of the instructors may do what; nobody while they look at the site as a learner does."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User

from classes.models import Enrolment, Role
from lessons.models import Learner
from quizzes.permissions import edits_questions, may_set_grade, readable_attempts, reads_attempts
from tests.lessons.factories import make_user
from tests.quizzes.classroom import assign, enrol
from tests.quizzes.factories import make_attempt, make_quiz

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolment() -> Enrolment:
    """Of a learner with one attempt."""
    quiz = make_quiz(slugs=("true",))
    found = enrol(assign(quiz))
    make_attempt(quiz, found.learner)
    return found


@pytest.fixture
def editor() -> User:
    found = make_user("eve", is_staff=True)
    found.user_permissions.add(Permission.objects.get(codename="change_question"))
    return User.objects.get(pk=found.pk)


@pytest.mark.parametrize("allowed", [True, False], ids=["with the permission", "staff of other things"])
def test_questions_are_edited_by_staff_with_the_permission(editor: User, allowed: bool) -> None:
    if not allowed:
        editor.user_permissions.clear()
    assert edits_questions(editor) is allowed


def test_nothing_is_anybody_s_while_they_look_as_a_learner(enrolment: Enrolment, editor: User) -> None:
    Enrolment.objects.create(
        course_class=enrolment.course_class, learner=Learner.objects.create(user=editor), role=Role.INSTRUCTOR
    )
    attempt = enrolment.attempts.get()
    for looking in (False, True):
        editor.views_as_learner = looking  # type: ignore[attr-defined]
        may = (edits_questions(editor), reads_attempts(editor), may_set_grade(editor, attempt))
        assert may == (not looking,) * 3
        assert readable_attempts(editor).exists() is not looking
