"""Reports of mistakes in questions.

report(asked, text)      what a learner says; the answer leads to the question as it was asked, to variant and seed
of_answer(asked)         what was said about one answer, newest first
readable_by(user)        the reports that somebody may read and close: all, or those of their classes' learners
close(report, ...)       mended, or no mistake, with a reply that the learner reads
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

import netsim
from classes.entries import Entry
from classes.models import CourseClass, Enrolment, Role
from lessons.models import Learner
from quizzes.models import Answer, PracticeAnswer, ProblemReport
from quizzes.permissions import edits_questions, staffed

State = ProblemReport.State
MOST_OPEN = 3
"""Reports of one learner about one answer that wait for a reply."""


def report(asked: Answer | PracticeAnswer, text: str) -> ProblemReport:
    """On an answer in a quiz or in practice. Raises ValidationError by field."""
    with transaction.atomic():
        Learner.objects.select_for_update().get(pk=asked.learner.pk)
        mine = asked.problem_reports.filter(state=State.OPEN)
        same = mine.filter(text=text.strip()).first()
        if same is not None:
            return same
        if mine.count() >= MOST_OPEN:
            raise ValidationError({"text": gettext("You have reported this question already. Wait for the reply.")})
        found = ProblemReport(learner=asked.learner, text=text.strip(), engine_version=netsim.ENGINE_VERSION)
        found.answer, found.practice = (asked, None) if isinstance(asked, Answer) else (None, asked)
        found.clean_fields(exclude=["answer", "practice", "learner", "closed_at"])
        found.save()
    return found


def of_answer(asked: Answer | PracticeAnswer) -> QuerySet[ProblemReport]:
    return asked.problem_reports.order_by("-created_at")


def readable_by(user: AbstractBaseUser | AnonymousUser) -> QuerySet[ProblemReport]:
    """Nobody's own stand-in has reports that count."""
    reports = ProblemReport.objects.filter(learner__stand_in_of=None).select_related(
        "answer__revision__question__quiz__lesson__course",
        "answer__attempt__quiz__lesson",
        "practice__revision__question__quiz__lesson__course",
        "practice__lesson",
        "learner__user",
    )
    if edits_questions(user):
        return reports
    return reports.filter(from_classes(CourseClass.objects.filter(pk__in=staffed(user).values("course_class"))))


def from_classes(course_classes: QuerySet[CourseClass]) -> Q:
    """What learners reported in quizzes that count there, or practicing the course of that class."""
    enrolled = Enrolment.objects.active().filter(
        course_class__in=course_classes, course_class__course=OuterRef("practice__lesson__course")
    )
    in_practice = Exists(enrolled.filter(learner=OuterRef("learner"), role=Role.LEARNER))
    return Q(answer__attempt__enrolment__course_class__in=course_classes) | Q(in_practice)


def class_entries(sender: Any, course_class: CourseClass, role: Role, **_: Any) -> list[Entry]:
    """Receiver of classes.signals.class_page_asked: for whoever helps to run the class."""
    if role == Role.LEARNER:
        return []
    this = CourseClass.objects.filter(pk=course_class.pk)
    waiting = ProblemReport.objects.filter(from_classes(this), state=State.OPEN)
    count = waiting.filter(learner__stand_in_of=None).count()
    summary = ngettext("%(count)s waits for a reply", "%(count)s wait for a reply", count) % {"count": count}
    return [Entry(gettext("Reported mistakes"), reverse("quiz_reports"), summary)]


def merge(sender: Any, source: Learner, target: Learner, **_: Any) -> None:
    """Receiver of lessons.signals.learner_merged."""
    ProblemReport.objects.filter(learner=source).update(learner=target)


def close(found: ProblemReport, state: str, reply: str, by: AbstractBaseUser | AnonymousUser) -> None:
    """Raises ValidationError by field. A closed report may be closed again with other words, or opened."""
    if state != State.OPEN and not reply.strip():
        raise ValidationError({"reply": gettext("Write a reply: the learner reads it.")})
    found.state, found.reply = State(state), reply.strip()
    closed = found.state != State.OPEN
    found.closed_by_id, found.closed_at = (by.pk, timezone.now()) if closed else (None, None)
    found.clean_fields(exclude=["answer", "practice", "learner", "closed_by", "closed_at"])
    found.save(update_fields=["state", "reply", "closed_by", "closed_at"])
