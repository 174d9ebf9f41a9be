"""Makes a class of made-up learners who take the quizzes of a course and predict its experiments.

seed_class(course, learners, seed)   makes it, some learners at a time; yields how many there are
remove_class(seed)                   takes it away again, with its learners and all their work

Answers are graded by the grader and predictions judged by the engine, but each only once however many learners give it,
and the rows of several learners are stored together: so a class of hundreds takes a minute.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from classes import managing
from classes.models import CourseClass, Enrolment, Section
from lessons.models import Course, Experiment, Learner, LessonProgress, Prediction, Status
from quizzes.demo import predicting
from quizzes.demo.answering import Items
from quizzes.demo.people import Person, people
from quizzes.demo.predicting import Guess
from quizzes.demo.taking import Paper, Take
from quizzes.models import Answer, Assignment, Attempt, Grade, Mark, Quiz
from quizzes.policies.finding import class_rules

WEEK = timedelta(days=7)
Each = TypeVar("Each")
SECTIONS = ("Morning", "Evening")
AT_ONCE = 20
"""Learners whose rows are stored in one transaction."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What everybody in the class takes: quizzes and experiments in the order of the lessons, from a first day on."""

    course_class: CourseClass
    sections: tuple[Section, ...]
    papers: tuple[Paper, ...]
    guesses: tuple[Guess, ...]
    begins_at: datetime
    seed: int

    def week_of(self, experiment: Experiment) -> int:
        """That of the quiz of its lesson; the first where there is none."""
        lessons = [paper.quiz.lesson_id for paper in self.papers]
        return lessons.index(experiment.lesson_id) if experiment.lesson_id in lessons else 0

    def random(self, who: Person, what: str) -> Random:
        return Random(f"{self.seed}/{who.number}/{what}")  # noqa: S311


def seed_class(course: Course, learners: int, seed: int) -> tuple[CourseClass, Iterator[int]]:
    """The class, and how many learners are in it with all their work, each time that some more came."""
    plan, everybody = make_plan(course, seed), people(learners, seed)
    parts = (everybody[start : start + AT_ONCE] for start in range(0, learners, AT_ONCE))
    return plan.course_class, (enter(plan, part) for part in parts)


@transaction.atomic
def make_plan(course: Course, seed: int) -> Plan:
    """Makes the class and gives it every published quiz. Asks the engine about every experiment."""
    quizzes = Quiz.objects.filter(lesson__course=course, status=Status.PUBLISHED).order_by("lesson__position")
    quizzes = quizzes.select_related("lesson", "policy")
    experiments = (
        Experiment.objects.filter(lesson__course=course).select_related("lesson__scene").prefetch_related("options")
    )
    course_class = CourseClass.objects.create(course=course, title=title_of(seed))
    Assignment.objects.bulk_create(Assignment(course_class=course_class, quiz=quiz) for quiz in quizzes)
    anybody, items = Enrolment(course_class=course_class), Items(seed)
    return Plan(
        course_class=course_class,
        sections=tuple(managing.add_section(course_class, name) for name in SECTIONS),
        papers=tuple(Paper(quiz, class_rules(quiz, anybody), items) for quiz in quizzes),
        guesses=predicting.guesses(experiments.order_by("lesson__position", "position"), seed),
        begins_at=timezone.now().replace(microsecond=0) - WEEK * (len(quizzes) + 1),
        seed=seed,
    )


@transaction.atomic
def remove_class(seed: int) -> int:
    """Returns how many learners it took away."""
    users = User.objects.filter(username__startswith=user_name(seed, ""))
    count = users.count()
    Learner.objects.filter(user__in=users).delete()
    users.delete()
    CourseClass.objects.filter(title=title_of(seed)).delete()
    return count


def title_of(seed: int) -> str:
    return f"Demo class {seed}"


def user_name(seed: int, number: int | str) -> str:
    return f"demo-{seed}-{number}"


@transaction.atomic
def enter(plan: Plan, some: Sequence[Person]) -> int:
    """Enrols these learners, who then go through the course. Returns the number of the last."""
    enrolments = enrol(plan, some)
    predict(plan, some, enrolments)
    store([take for who, enrolment in zip(some, enrolments, strict=True) for take in takes(plan, who, enrolment)])
    return some[-1].number


def enrol(plan: Plan, some: Sequence[Person]) -> list[Enrolment]:
    users = User.objects.bulk_create(
        User(
            username=user_name(plan.seed, who.number),
            first_name=who.first_name,
            last_name=who.last_name,
            password=make_password(None),
        )
        for who in some
    )
    learners = Learner.objects.bulk_create(Learner(user=user) for user in users)
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            course_class=plan.course_class, learner=learner, section=plan.sections[who.number % len(plan.sections)]
        )
        for who, learner in zip(some, learners, strict=True)
    )
    Enrolment.objects.filter(pk__in=[each.pk for each in enrolments]).update(joined_at=plan.begins_at)
    return enrolments


def predict(plan: Plan, some: Sequence[Person], enrolments: Sequence[Enrolment]) -> None:
    in_lesson = Counter(guess.experiment.lesson_id for guess in plan.guesses)
    made: list[Prediction] = []
    progress: list[LessonProgress] = []
    for who, enrolment in zip(some, enrolments, strict=True):
        mine = [predicted(plan, who, enrolment.learner, guess, some[0]) for guess in reached(plan.guesses, who)]
        progress += predicting.progress(enrolment.learner, mine, in_lesson)
        made += mine
    at: dict[datetime, list[Prediction]] = defaultdict(list)
    for prediction in made:
        at[prediction.created_at].append(prediction)
    Prediction.objects.bulk_create(made)
    for moment, some_of_them in at.items():  # storing them set it to now
        Prediction.objects.filter(pk__in=[each.pk for each in some_of_them]).update(created_at=moment)
    LessonProgress.objects.bulk_create(progress)


def predicted(plan: Plan, who: Person, learner: Learner, guess: Guess, first: Person) -> Prediction:
    """Those who are stored together, from `first` on, predict the experiments of a week at one time."""
    week = plan.week_of(guess.experiment)
    before = timedelta(hours=plan.random(first, f"week-{week}").uniform(1, 30))
    random = plan.random(who, f"experiment-{guess.experiment.slug}")
    return predicting.predict(who, learner, guess, plan.begins_at + week * WEEK - before, random)


def takes(plan: Plan, who: Person, enrolment: Enrolment) -> Iterator[Take]:
    for week, paper in enumerate(reached(plan.papers, who)):
        random = plan.random(who, f"quiz-{paper.quiz.lesson.slug}")
        moment = plan.begins_at + week * WEEK + timedelta(hours=random.uniform(0, 120))
        yield from paper.takes(who, enrolment, moment, random)


def reached(things: Sequence[Each], who: Person) -> Sequence[Each]:
    """Those that come before the learner gives up."""
    return things[: round(who.stops_after * len(things))]


def store(made: Sequence[Take]) -> None:
    Attempt.objects.bulk_create(take.attempt for take in made)
    Answer.objects.bulk_create(answer for take in made for answer in take.answers)
    Grade.objects.bulk_create(take.grade for take in made if take.grade)
    Mark.objects.bulk_create(mark for take in made for mark in take.marks)
