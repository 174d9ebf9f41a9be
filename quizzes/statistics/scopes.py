"""Whose work is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from classes.models import CourseClass, Role, Section
from lessons.models import Course, Prediction
from quizzes.models import Attempt

NOT_YET = (Attempt.State.IN_PROGRESS, Attempt.State.SET_ASIDE)


@dataclass(frozen=True, slots=True)
class Scope:
    """The learners of a class (of one section), or all learners of the site. Stand-ins are never in it."""

    course: Course
    course_class: CourseClass | None = None
    section: Section | None = None

    def first_attempts(self) -> QuerySet[Attempt]:
        """Of each learner the first attempt at each quiz that they submitted, if it is graded."""
        submitted = Attempt.objects.exclude(state__in=NOT_YET).filter(**self._counting())
        earlier = submitted.filter(
            learner=OuterRef("learner"), quiz=OuterRef("quiz"), number__lt=OuterRef("number")
        ).order_by()
        mine = submitted.filter(quiz__lesson__course=self.course, learner__stand_in_of=None)
        return mine.filter(~Exists(earlier), state=Attempt.State.GRADED).order_by()

    def first_predictions(self) -> QuerySet[Prediction]:
        """Of each learner the first prediction of each experiment: later ones were made knowing the answer."""
        found = Prediction.objects.filter(
            experiment__lesson__course=self.course, round=1, right__isnull=False, learner__stand_in_of=None
        ).order_by()
        if self.course_class is None:
            return found
        enrolments = self.course_class.enrolments.filter(role=Role.LEARNER)
        if self.section is not None:
            enrolments = enrolments.filter(section=self.section)
        return found.filter(learner__in=enrolments.values("learner"))

    def _counting(self) -> dict[str, object]:
        if self.course_class is None:
            return {}
        wanted: dict[str, object] = {"enrolment__course_class": self.course_class, "enrolment__role": Role.LEARNER}
        return wanted if self.section is None else wanted | {"enrolment__section": self.section}
