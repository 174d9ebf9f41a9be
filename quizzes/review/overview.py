"""Every objective of a course as a learner's pages show it: mastered or not yet, due or not, and what to practice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from lessons.models import Course, Learner, Lesson
from quizzes.models import PracticeAnswer, Question, Quiz
from quizzes.review.evidence import Mastery, Objective, mastery
from quizzes.review.practice import due


@dataclass(frozen=True, slots=True)
class ObjectiveStanding:
    """`number` counts from 1 in the lesson's list. `mastery`: None before the first answer."""

    lesson: Lesson
    number: int
    text: str
    questions: int
    mastery: Mastery | None
    due_at: datetime | None
    is_due: bool

    @property
    def mastered(self) -> bool:
        return self.mastery is not None and self.mastery.mastered


@dataclass(frozen=True, slots=True)
class LessonStanding:
    """A lesson's objectives that have questions."""

    lesson: Lesson
    objectives: tuple[ObjectiveStanding, ...]

    @property
    def mastered(self) -> int:
        return sum(objective.mastered for objective in self.objectives)

    @property
    def due(self) -> int:
        return sum(objective.is_due for objective in self.objectives)

    @property
    def begun(self) -> bool:
        return any(objective.mastery or objective.due_at for objective in self.objectives)


@dataclass(frozen=True, slots=True)
class CourseStanding:
    course: Course
    lessons: tuple[LessonStanding, ...]

    @property
    def begun(self) -> tuple[LessonStanding, ...]:
        return tuple(lesson for lesson in self.lessons if lesson.begun)

    @property
    def others(self) -> tuple[LessonStanding, ...]:
        return tuple(lesson for lesson in self.lessons if not lesson.begun)

    @property
    def mastered(self) -> int:
        return sum(lesson.mastered for lesson in self.lessons)

    @property
    def objectives(self) -> int:
        return sum(len(lesson.objectives) for lesson in self.lessons)


def due_count(learner: Learner | None, user: AbstractBaseUser | AnonymousUser, now: datetime) -> int:
    if learner is None:
        return 0
    return due(learner, now).filter(lesson__in=Lesson.objects.visible_to(user)).count()


def standings(
    learner: Learner | None, user: AbstractBaseUser | AnonymousUser, now: datetime
) -> tuple[CourseStanding, ...]:
    """Of each course that the user sees and that has questions to practice."""
    courses = Course.objects.visible_to(user)
    found = (course_standing(learner, course, user, now) for course in courses)
    return tuple(standing for standing in found if standing.lessons)


def course_standing(
    learner: Learner | None, course: Course, user: AbstractBaseUser | AnonymousUser, now: datetime
) -> CourseStanding:
    lessons = Lesson.objects.visible_to(user).filter(course=course, quiz__in=Quiz.objects.visible_to(user))
    return CourseStanding(course, lesson_standings(learner, course, tuple(lessons.select_related("course")), now))


def lesson_standings(
    learner: Learner | None, course: Course, lessons: tuple[Lesson, ...], now: datetime
) -> tuple[LessonStanding, ...]:
    counts = question_counts(lessons)
    mastered = mastery(learner, course) if learner else {}
    cards = {} if learner is None else dict(due_dates(learner, lessons))
    found = (LessonStanding(lesson, objectives_of(lesson, counts, mastered, cards, now)) for lesson in lessons)
    return tuple(standing for standing in found if standing.objectives)


def objectives_of(
    lesson: Lesson,
    counts: Mapping[Objective, int],
    mastered: Mapping[Objective, Mastery],
    due_dates: Mapping[Objective, datetime],
    now: datetime,
) -> tuple[ObjectiveStanding, ...]:
    numbered = [((lesson.pk, number), text) for number, text in enumerate(lesson.objectives, start=1)]
    return tuple(
        ObjectiveStanding(
            lesson=lesson,
            number=key[1],
            text=text,
            questions=counts[key],
            mastery=mastered.get(key),
            due_at=due_dates.get(key),
            is_due=key in due_dates and due_dates[key] <= now,
        )
        for key, text in numbered
        if counts.get(key)
    )


def question_counts(lessons: tuple[Lesson, ...]) -> dict[Objective, int]:
    counts: dict[Objective, int] = {}
    asked = Question.objects.filter(quiz__lesson__in=lessons, objective__isnull=False).order_by()
    for lesson_id, objective in asked.values_list("quiz__lesson", "objective"):
        key = (lesson_id, objective or 0)
        counts[key] = counts.get(key, 0) + 1
    return counts


def due_dates(learner: Learner, lessons: tuple[Lesson, ...]) -> dict[Objective, datetime]:
    cards = learner.review_cards.filter(lesson__in=lessons)
    return {(card.lesson_id, card.objective): card.due_at for card in cards}


def standing_after(practice: PracticeAnswer, now: datetime) -> ObjectiveStanding | None:
    """Where the learner stands with the objective of this question; None where the lesson does not name it any more."""
    (lesson,) = lesson_standings(practice.learner, practice.lesson.course, (practice.lesson,), now) or (None,)
    if lesson is None:
        return None
    return next((each for each in lesson.objectives if each.number == practice.objective), None)


def coming(courses: tuple[CourseStanding, ...]) -> list[ObjectiveStanding]:
    """What comes back to the learner, first what comes first."""
    every = (each for course in courses for lesson in course.lessons for each in lesson.objectives)
    dated = [(each.due_at, each) for each in every if each.due_at is not None]
    return [each for _, each in sorted(dated, key=lambda row: row[0])]
