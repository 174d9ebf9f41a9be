"""Everything that a learner's own page shows, as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from classes.entries import Due
from classes.membership import classes_of
from classes.models import CourseClass
from lessons.experiments import calibration
from lessons.experiments.calibration import Calibration
from lessons.models import Certificate, Learner
from quizzes.attempts.history import PastAttempt, past_attempts
from quizzes.grading.scores import Score, best
from quizzes.me.plot import PracticePlot, practice_plot
from quizzes.models import ProblemReport, Quiz
from quizzes.review import overview
from quizzes.review.overview import CourseStanding


@dataclass(frozen=True, slots=True)
class QuizGrades:
    """`past`: the attempts at one quiz for one class, newest first. `best`: what counts, of what shows already."""

    quiz: Quiz
    past: tuple[PastAttempt, ...]

    @property
    def best(self) -> Score | None:
        return best([row.score for row in self.past if row.score])


@dataclass(frozen=True, slots=True)
class GradeGroup:
    """Grades in a class; None: those for no class."""

    course_class: CourseClass | None
    quizzes: tuple[QuizGrades, ...]


@dataclass(frozen=True, slots=True)
class Work:
    groups: tuple[GradeGroup, ...]
    to_do: tuple[Due, ...]
    practice: tuple[CourseStanding, ...]
    due_count: int
    plot: PracticePlot
    calibration: Calibration
    certificates: tuple[Certificate, ...]
    reports: tuple[ProblemReport, ...]
    bookmarks: int

    @property
    def empty(self) -> bool:
        """Nothing was done yet."""
        kept = (self.groups, self.to_do, self.plot.count, self.calibration.count, self.certificates, self.bookmarks)
        return not any(kept)


def work_of(learner: Learner | None, user: AbstractBaseUser | AnonymousUser, now: datetime) -> Work:
    return Work(
        groups=tuple(grade_groups(learner, now)) if learner else (),
        to_do=to_do(learner, user, now) if learner else (),
        practice=tuple(each for each in overview.standings(learner, user, now) if each.begun),
        due_count=overview.due_count(learner, user, now),
        plot=practice_plot(learner, now),
        calibration=calibration.of_learner(learner),
        certificates=tuple(learner.certificates.select_related("course")) if learner else (),
        reports=tuple(reports_of(learner)) if learner else (),
        bookmarks=learner.bookmarks.filter(removed_at=None).count() if learner else 0,
    )


def to_do(learner: Learner, user: AbstractBaseUser | AnonymousUser, now: datetime) -> tuple[Due, ...]:
    taken = classes_of(user, learner, now).taken
    return tuple(due for each in taken if each.course_class.archived_at is None for due in each.due if not due.done)


def grade_groups(learner: Learner, now: datetime) -> Iterable[GradeGroup]:
    """Classes in the order in which the learner was last graded there; what is for no class comes last."""
    found: dict[CourseClass | None, list[QuizGrades]] = {}
    for quiz in attempted(learner):
        by_class: dict[CourseClass | None, list[PastAttempt]] = {}
        for row in past_attempts(quiz, learner, now):
            enrolment = row.attempt.enrolment
            by_class.setdefault(enrolment.course_class if enrolment else None, []).append(row)
        for course_class, rows in by_class.items():
            found.setdefault(course_class, []).append(QuizGrades(quiz, tuple(rows)))
    groups = [GradeGroup(course_class, tuple(quizzes)) for course_class, quizzes in found.items()]
    return sorted(groups, key=lambda group: (group.course_class is None, -newest(group).timestamp()))


def newest(group: GradeGroup) -> datetime:
    return max(row.attempt.started_at for grades in group.quizzes for row in grades.past)


def attempted(learner: Learner) -> QuerySet[Quiz]:
    quizzes = Quiz.objects.filter(pk__in=learner.quiz_attempts.values("quiz"))
    return quizzes.select_related("lesson__course").order_by("lesson__course", "lesson__position")


def reports_of(learner: Learner) -> QuerySet[ProblemReport]:
    return ProblemReport.objects.filter(learner=learner).select_related(
        "answer__revision", "answer__attempt__quiz", "practice__revision", "practice__lesson"
    )
