"""The last change of a class's plan, taken back.

The session of whoever made it keeps the plan as it was before and after. It is taken back only while the plan is still
as the change left it: what somebody else did since is never overwritten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from django.core import serializers
from django.db import transaction

from classes.models import CourseClass
from quizzes.assigning.planning import ChangedMeanwhileError, lock
from quizzes.models import Assignment, Extension
from quizzes.policies import granting
from quizzes.regrading import relieving

SESSION_KEY = "plan_undo"
Session = MutableMapping[str, Any]


@contextmanager
def undoable(session: Session, course_class: CourseClass, what: str) -> Iterator[None]:
    """Around one change of the plan. `what` names it for the person who may take it back.

    Nobody else changes the plan meanwhile: their work would be taken back with it.
    """
    with transaction.atomic():
        lock(course_class)
        before = snapshot(course_class)
        yield
        after = snapshot(course_class)
    if after != before:
        session[SESSION_KEY] = {"class": course_class.pk, "what": what, "before": before, "after": after}


def last_change(session: Session, course_class: CourseClass) -> str:
    """What can be taken back, in words; "" for nothing."""
    kept = session.get(SESSION_KEY)
    return kept["what"] if kept and kept["class"] == course_class.pk else ""


@transaction.atomic
def undo(session: Session, course_class: CourseClass) -> None:
    """Raises ChangedMeanwhileError; the change cannot be taken back any more then.

    An extension that comes back raises grades as a new one does; one that goes lowers none.
    """
    lock(course_class)
    kept = session.pop(SESSION_KEY, None)
    if kept is None or kept["class"] != course_class.pk or snapshot(course_class) != kept["after"]:
        raise ChangedMeanwhileError
    Extension.objects.filter(enrolment__course_class=course_class).delete()
    Assignment.objects.filter(course_class=course_class).delete()
    for row in serializers.deserialize("json", json.dumps(kept["before"])):
        row.save()
    for extension in Extension.objects.filter(enrolment__course_class=course_class).select_related("enrolment", "quiz"):
        granting.hold(extension.enrolment_id)
        relieving.request(extension.enrolment, extension.quiz, by=extension.granted_by_id)


def snapshot(course_class: CourseClass) -> list[dict[str, Any]]:
    """Every row of the plan, as JSON."""
    rows = [
        *Assignment.objects.filter(course_class=course_class).order_by("pk"),
        *Extension.objects.filter(enrolment__course_class=course_class).order_by("pk"),
    ]
    found: list[dict[str, Any]] = json.loads(serializers.serialize("json", rows))
    return found
