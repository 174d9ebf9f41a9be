"""Makes a class of made-up learners who take the quizzes of a course and predict its experiments.

seed_class(course, learners, seed)   makes it, one learner after another; yields each enrolment
remove_class(seed)                   takes it away again, with its learners and all their work
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from classes import enrolling, managing
from classes.models import CourseClass, Enrolment, Section
from lessons import predictions
from lessons.learners import learner_of
from lessons.models import Course, Experiment, Learner, Prediction, Status
from lessons.runs import simulations
from quizzes.attempts import taking
from quizzes.attempts.drafts import keep
from quizzes.demo.answering import Item, Items, respond, seconds
from quizzes.demo.people import Person, chance, confidence, people
from quizzes.grading import grader
from quizzes.grading.scores import score_of
from quizzes.models import Assignment, Attempt, Quiz

WEEK = timedelta(days=7)
TRIES = 3
GAIN = 0.7
SECTIONS = ("Morning", "Evening")


@dataclass(frozen=True, slots=True)
class Plan:
    """What everybody in the class takes: quizzes and experiments in the order of the lessons, from a first day on."""

    course_class: CourseClass
    sections: tuple[Section, ...]
    quizzes: tuple[Quiz, ...]
    experiments: tuple[Experiment, ...]
    items: Items
    begins_at: datetime
    seed: int

    def week_of(self, experiment: Experiment) -> int:
        """That of the quiz of its lesson; the first where there is none."""
        lessons = [quiz.lesson_id for quiz in self.quizzes]
        return lessons.index(experiment.lesson_id) if experiment.lesson_id in lessons else 0

    def random(self, who: Person, what: str) -> Random:
        return Random(f"{self.seed}/{who.number}/{what}")  # noqa: S311


def seed_class(course: Course, learners: int, seed: int) -> tuple[CourseClass, Iterator[Enrolment]]:
    """The class, and its learners as they are made, each with all their work, in as short transactions as anybody's."""
    plan = make_plan(course, seed)
    return plan.course_class, (enter(plan, who) for who in people(learners, seed))


@transaction.atomic
def make_plan(course: Course, seed: int) -> Plan:
    """Makes the class and gives it every published quiz. Asks the engine about every experiment."""
    quizzes = Quiz.objects.filter(lesson__course=course, status=Status.PUBLISHED).order_by("lesson__position")
    experiments = (
        Experiment.objects.filter(lesson__course=course).select_related("lesson__scene").prefetch_related("options")
    )
    course_class = CourseClass.objects.create(course=course, title=title_of(seed))
    Assignment.objects.bulk_create(Assignment(course_class=course_class, quiz=quiz) for quiz in quizzes)
    return Plan(
        course_class=course_class,
        sections=tuple(managing.add_section(course_class, name) for name in SECTIONS),
        quizzes=tuple(quizzes),
        experiments=tuple(experiments.order_by("lesson__position", "position")),
        items=Items(seed),
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


def enter(plan: Plan, who: Person) -> Enrolment:
    """Enrols one learner, who then goes through the course."""
    user = User(username=user_name(plan.seed, who.number), first_name=who.first_name, last_name=who.last_name)
    user.set_unusable_password()
    user.save()
    section = plan.sections[who.number % len(plan.sections)]
    enrolment, _new = enrolling.enrol(plan.course_class, learner_of(user), section=section)
    Enrolment.objects.filter(pk=enrolment.pk).update(joined_at=plan.begins_at)
    for experiment in plan.experiments[: round(who.stops_after * len(plan.experiments))]:
        predict(plan, who, enrolment.learner, experiment)
    for week, quiz in enumerate(plan.quizzes[: round(who.stops_after * len(plan.quizzes))]):
        take(plan, who, enrolment.learner, quiz, plan.begins_at + week * WEEK)
    return enrolment


def predict(plan: Plan, who: Person, learner: Learner, experiment: Experiment) -> None:
    nature = Random(f"{plan.seed}/experiment-{experiment.slug}")  # noqa: S311
    random, difficulty = plan.random(who, f"experiment-{experiment.slug}"), nature.gauss(-0.2, 0.8)
    exchange = simulations.solve(experiment.scenario())["exchange"]
    outcomes = predictions.explain(experiment, exchange, None)
    knows = random.random() < chance(who.ability, difficulty)
    fitting = [outcome.option for outcome in outcomes if outcome.right == knows]
    option = random.choice(fitting or [outcome.option for outcome in outcomes])
    predictions.predict(learner, experiment, option.pk, 1, confidence(who, difficulty))
    moment = plan.begins_at + plan.week_of(experiment) * WEEK - timedelta(hours=random.uniform(1, 30))
    Prediction.objects.filter(learner=learner, experiment=experiment).update(created_at=moment)


def take(plan: Plan, who: Person, learner: Learner, quiz: Quiz, moment: datetime) -> None:
    """Up to TRIES attempts, as long as they are not passed; a few are left open."""
    random = plan.random(who, f"quiz-{quiz.lesson.slug}")
    moment += timedelta(hours=random.uniform(0, 120))
    for number in range(TRIES):
        attempt = taking.start(quiz, learner, moment, seed=f"{random.getrandbits(96):024x}{0:08x}")
        moment = answer_all(plan, who, attempt, number * GAIN, random)
        if random.random() < 0.02:
            return
        taking.submit(attempt.pk, {}, UUID(int=random.getrandbits(128)), unanswered_confirmed=True, now=moment)
        grader.perform(attempt.pk)
        score = score_of(Attempt.objects.get(pk=attempt.pk))
        if score is None or score.passed or random.random() < 0.4:
            return
        moment += timedelta(hours=random.uniform(0.2, 12))


def answer_all(plan: Plan, who: Person, attempt: Attempt, gained: float, random: Random) -> datetime:
    """Returns when the last answer was given."""
    moment, page = attempt.started_at, UUID(int=random.getrandbits(128))
    for answer in attempt.answers.select_related("revision", "attempt"):
        item: Item = plan.items.of(answer.revision)
        moment += timedelta(seconds=seconds(who, item, random))
        if response := respond(who, item, gained, random):
            keep(answer, response, page, moment)
    return moment + timedelta(seconds=10)
