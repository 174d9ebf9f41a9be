"""What the quizzes of a course ask for before it counts as completed: that each of them is passed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from lessons.certificates.issuing import Requirement
from lessons.models import Course, Learner, Status
from quizzes.attempts import history
from quizzes.models import Quiz


def requirements(sender: Any, course: Course, learner: Learner, **_kwargs: Any) -> list[Requirement]:
    """Receiver of lessons.signals.course_completion_asked."""
    quizzes = Quiz.objects.filter(
        lesson__course=course, lesson__status=Status.PUBLISHED, status=Status.PUBLISHED
    ).select_related("lesson__course")
    return [
        Requirement(_("Pass “%s”.") % quiz.title, quiz.get_absolute_url())
        for quiz in quizzes.order_by("lesson__position")
        if not _is_passed(quiz, learner)
    ]


def _is_passed(quiz: Quiz, learner: Learner) -> bool:
    best = history.best_of(quiz, learner)
    return best is not None and best.passed
