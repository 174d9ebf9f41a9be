"""What the pages of a quiz show, as plain values. Nothing here decides what is right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from quizzes.attempts import Draft
from quizzes.grading import AnsweredQuestion, grade_one
from quizzes.kinds import InvalidSpecError, UngradableQuestionError
from quizzes.models import Answer, Attempt, Question, QuestionRevision
from quizzes.questions import exchange_of, kind_of, scenario_for, specification

# A learner hears within two seconds that grading takes longer than it should.
LATE_AFTER = timedelta(seconds=1.4)
FIRST_POLLS = (300, 400)
EVERY_POLL = 1000
LATE_POLL = 3000


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """One question as it may be sent to the browser while the attempt is open."""

    number: int
    slug: str
    points: int
    prompt: str
    rule: str
    template: str
    view: dict[str, Any]
    draft: Draft


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submitted attempt without a grade. `poll_ms`: when the browser asks again; None: it does not."""

    late: bool
    unreachable: bool
    failed: bool
    poll: int
    poll_ms: int | None


@dataclass(frozen=True, slots=True)
class ResultCard:
    """One graded question. `experiment_url` leads to the experiment whose packet decided the answer, if any."""

    number: int
    result: dict[str, Any]
    experiment_url: str


def question_cards(drafts: Iterable[Draft]) -> tuple[QuestionCard, ...]:
    return tuple(question_card(draft) for draft in drafts)


def question_card(draft: Draft) -> QuestionCard:
    revision, kind, spec = draft.answer.revision, kind_of(draft.answer.revision), specification(draft.answer.revision)
    return QuestionCard(
        number=draft.answer.position,
        slug=revision.slug,
        points=revision.points,
        prompt=spec.prompt,
        rule=kind.rule,
        template=kind.template,
        view=kind.present(spec, draft.response, draft.answer.seed),
        draft=draft,
    )


def preview(question: Question) -> dict[str, Any]:
    """A question for its author: its card, the result of no answer, and why it cannot be graded. Stores nothing."""
    content = {"slug": question.slug, "kind": question.kind, "points": question.points, "spec": question.spec}
    try:
        spec = specification(question)
        revision = QuestionRevision(**content)
        answer = Answer(attempt=Attempt(seed="preview"), revision=revision, position=question.position)
        card = question_card(Draft(answer, {}, version=0))
    except InvalidSpecError as error:
        return {"problem": str(error)}
    try:
        exchange = exchange_of(scenario_for(spec, question.quiz.lesson))
        result = grade_one(AnsweredQuestion(**content | {"spec": spec}, response={}, exchange=exchange))
    except (InvalidSpecError, UngradableQuestionError) as error:
        return {"card": card, "problem": str(error)}
    return {"card": card, "result": result}


def waiting(attempt: Attempt, poll: int) -> Waiting:
    """`poll` counts how often this page has asked already."""
    failed = attempt.state == Attempt.State.FAILED
    late = attempt.submitted_at is not None and timezone.now() - attempt.submitted_at > LATE_AFTER
    if failed:
        poll_ms = None
    elif late:
        poll_ms = LATE_POLL
    else:
        poll_ms = FIRST_POLLS[poll] if poll < len(FIRST_POLLS) else EVERY_POLL
    return Waiting(late, attempt.enqueued_at is None, failed, poll + 1, poll_ms)


def result_cards(attempt: Attempt) -> tuple[ResultCard, ...]:
    if attempt.grade is None:
        return ()
    lesson = attempt.quiz.lesson
    slugs = set(lesson.experiments.values_list("slug", flat=True))
    page = reverse("lesson", args=[lesson.course.slug, lesson.slug])
    return tuple(
        ResultCard(
            number=number,
            result=result,
            experiment_url=f"{page}#experiment-{result['experiment']}" if result["experiment"] in slugs else "",
        )
        for number, result in enumerate(attempt.grade.results, start=1)
    )
