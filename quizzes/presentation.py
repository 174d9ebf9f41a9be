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
from quizzes.kinds import KINDS, InvalidSpecError, UngradableQuestionError
from quizzes.models import Answer, Attempt, Question, QuestionRevision
from quizzes.pictures import Picture, picture_of
from quizzes.questions import facts_of, kind_of, revision_scenario, scenario_for, specification
from quizzes.scores import Score
from quizzes.variants import Variant, parse_variants

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
    picture: Picture | None = None


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
    template: str
    experiment_url: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A question, or one variant of it, as its author sees it. `problem` says why it cannot be graded."""

    name: str
    card: QuestionCard
    result: ResultCard | None = None
    problem: str = ""


def question_cards(drafts: Iterable[Draft]) -> tuple[QuestionCard, ...]:
    return tuple(question_card(draft) for draft in drafts)


def question_card(draft: Draft) -> QuestionCard:
    revision, kind, spec = draft.answer.revision, kind_of(draft.answer.revision), specification(draft.answer.revision)
    return QuestionCard(
        number=draft.answer.position,
        slug=revision.slug,
        points=revision.points,
        prompt=spec.prompt,
        rule=kind.rule_for(spec),
        template=kind.template,
        view=kind.present(spec, draft.response, draft.answer.seed),
        draft=draft,
        picture=picture_beside(revision),
    )


def picture_beside(revision: QuestionRevision) -> Picture | None:
    """The picture that the question is asked about; None for a kind without, and for a cluster that cannot be drawn."""
    scenario = revision_scenario(revision) if kind_of(revision).shows_picture else None
    try:
        return None if scenario is None else picture_of(scenario)
    except UngradableQuestionError:
        return None


def previews(question: Question) -> tuple[Preview, ...]:
    """Every variant of a question for its author. Stores nothing. Raises InvalidSpecError."""
    return tuple(preview(question, variant) for variant in parse_variants(question.kind, question.spec))


def preview(question: Question, variant: Variant) -> Preview:
    """One variant, under a slug of its own: its card, the result of no answer, and why it cannot be graded."""
    slug = f"{question.slug}-{variant.index + 1}" if variant.parameters else question.slug
    revision = QuestionRevision(slug=slug, kind=question.kind, points=question.points, spec=variant.data)
    answer = Answer(attempt=Attempt(seed="preview"), revision=revision, position=question.position)
    draft = Draft(answer, {}, version=0)
    try:
        scenario = scenario_for(variant.spec, question.quiz.lesson)
        revision.scenario = scenario.request("trace") if scenario else None
        exchange = facts_of(kind_of(question), variant.spec, {}, scenario)
        result = grade_one(AnsweredQuestion(slug, question.kind, question.points, variant.spec, {}, exchange))
    except (InvalidSpecError, UngradableQuestionError) as error:
        return Preview(variant.name, question_card(draft), problem=str(error))
    template = KINDS[question.kind].result_template
    shown = ResultCard(question.position, result, template, picture=picture_beside(revision))
    return Preview(variant.name, question_card(draft), shown)


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


def result_cards(attempt: Attempt, score: Score | None) -> tuple[ResultCard, ...]:
    """One for each mark of the engine's grade; none before there is one."""
    if score is None:
        return ()
    lesson = attempt.quiz.lesson
    slugs = set(lesson.experiments.values_list("slug", flat=True))
    page = reverse("lesson", args=[lesson.course.slug, lesson.slug])
    return tuple(
        ResultCard(
            number=number,
            result=mark.result,
            template=KINDS[mark.result["kind"]].result_template,
            experiment_url=f"{page}#experiment-{mark.result['experiment']}"
            if mark.result["experiment"] in slugs
            else "",
            picture=picture_beside(mark.answer.revision),
        )
        for number, mark in enumerate(
            score.grade.marks.select_related("answer__revision").order_by("answer__position"), start=1
        )
    )
