"""How made-up learners take a quiz: attempts with answers, grades and marks, as rows that are not stored yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import netsim
from classes.models import Enrolment
from quizzes.demo.answering import Item, Items, respond, seconds
from quizzes.demo.people import Person
from quizzes.grading.deductions import after
from quizzes.grading.grader import marks_of
from quizzes.grading.scoring import Scores
from quizzes.models import Answer, Attempt, Grade, Mark, Quiz
from quizzes.policies.deducting import deducted
from quizzes.policies.rules import Rules
from quizzes.seeds import with_count

TRIES = 3
GAIN = 0.7
LEFT_OPEN, GIVES_UP = 0.02, 0.4
SERIES = 5
"""Learners share this many series of seeds, so that many meet the same few variants of a question."""


@dataclass(frozen=True, slots=True)
class Take:
    """One attempt with all that belongs to it; `grade` is None where it is still under way."""

    attempt: Attempt
    answers: tuple[Answer, ...]
    grade: Grade | None = None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A quiz as the class takes it."""

    quiz: Quiz
    rules: Rules
    items: Items

    def takes(self, who: Person, enrolment: Enrolment, moment: datetime, random: Random) -> Iterator[Take]:
        """Up to TRIES attempts, as long as they are not passed; a few are left open."""
        series = f"{random.randrange(SERIES):024x}{0:08x}"
        for number in range(min(TRIES, self.rules.max_attempts or TRIES)):
            attempt = self.start(enrolment, number, with_count(series, number), moment)
            taken = self.take(who, attempt, number, random)
            yield taken
            if taken.grade is None or taken.grade.percent >= self.quiz.pass_percent or random.random() < GIVES_UP:
                return
            moment = (
                (taken.attempt.graded_at or moment) + self.rules.cooldown + timedelta(hours=random.uniform(0.2, 12))
            )

    def start(self, enrolment: Enrolment, number: int, seed: str, moment: datetime) -> Attempt:
        return Attempt(
            quiz=self.quiz,
            learner=enrolment.learner,
            enrolment=enrolment,
            number=number + 1,
            pass_percent=self.quiz.pass_percent,
            seed=seed,
            rules=self.rules.document(),
            started_at=moment,
            deadline_at=self.rules.deadline(moment),
        )

    def take(self, who: Person, attempt: Attempt, number: int, random: Random) -> Take:
        moment, page = attempt.started_at, UUID(int=random.getrandbits(128))
        answers: list[Answer] = []
        results: list[tuple[Item, int]] = []
        for item in self.items.of(self.quiz, attempt.seed, shuffle=self.rules.shuffle):
            moment += timedelta(seconds=seconds(who, item, random))
            choice = respond(who, item, number * GAIN, random)
            answers.append(answer_row(attempt, len(answers) + 1, item, choice, page, moment))
            results.append((item, choice))
        if random.random() < LEFT_OPEN:
            return Take(attempt, tuple(answers))
        hand_in(attempt, moment + timedelta(seconds=10), UUID(int=random.getrandbits(128)))
        scores = Scores.of(item.result(choice) for item, choice in results)
        grade = grade_row(attempt, scores, self.rules, number)
        return Take(attempt, tuple(answers), grade, tuple(marks_of(grade, answers, scores)))


def answer_row(
    attempt: Attempt, position: int, item: Item, choice: int, page: UUID, moment: datetime
) -> Answer:  # fmt: skip
    answer = Answer(attempt=attempt, revision=item.revision, position=position)
    if response := item.responses[choice]:
        answer.response, answer.version, answer.saved_from, answer.saved_at = response, 1, page, moment
    return answer


def hand_in(attempt: Attempt, moment: datetime, page: UUID) -> None:
    """Before the clock does, where there is one."""
    moment = min(moment, attempt.deadline_at or moment)
    attempt.state, attempt.submission_id, attempt.grading_tries = Attempt.State.GRADED, page, 1
    attempt.submitted_at = attempt.enqueued_at = attempt.claimed_at = attempt.graded_at = moment


def grade_row(attempt: Attempt, scores: Scores, rules: Rules, number: int) -> Grade:
    deductions = deducted(rules, number, late=False)
    return Grade(
        attempt=attempt,
        run=1,
        raw_score=scores.score,
        deductions=deductions,
        score=after(scores.score, deductions),
        max_score=scores.max_score,
        engine_version=netsim.ENGINE_VERSION,
    )
