"""What the pages of a quiz show, as plain values. Nothing here decides what is right."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from lessons.models import Lesson
from quizzes.attempts.drafts import Draft
from quizzes.attempts.taking import update_deadline
from quizzes.errors import InvalidSpecError, UngradableQuestionError
from quizzes.grading.scores import Score
from quizzes.grading.scoring import AnsweredQuestion, grade_one
from quizzes.kinds import KINDS
from quizzes.models import Answer, Attempt, Question, QuestionRevision
from quizzes.policies.finding import rules_of
from quizzes.policies.showing import Showing
from quizzes.questions.revisions import revision_scenario
from quizzes.questions.specifications import engine_of, facts_of, kind_of, scenario_for, specification
from quizzes.questions.variants import Variant, parse_variants
from quizzes.simulation.pictures import Picture, picture_of

# A learner hears within two seconds that grading takes longer than it should.
LATE_AFTER = timedelta(seconds=1.4)
# A worker that has begun may take this long for one question.
ALIVE_FOR = timedelta(seconds=10)
FIRST_POLLS = (300, 400)
EVERY_POLL = 1000
LATE_POLL = 3000
POINTS = frozenset({"points", "earned", "verdict"})
REDACTED = frozenset({"slug", "kind", "prompt", "answer"}) | POINTS
REDACTED_TEMPLATE = "quizzes/kinds/_given.html"


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
class GradingProgress:
    """How many of an attempt's questions are graded."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submitted attempt without a grade. `retrying`: an error of ours put it off.

    `progress`: how far a worker is that has begun and is alive. `poll_ms`: when the browser asks again; None: it does
    not. Progress is asked for once a second, so that a screen reader hears no more changes than that.
    """

    late: bool
    unreachable: bool
    failed: bool
    retrying: bool
    poll: int
    poll_ms: int | None
    progress: GradingProgress | None = None


@dataclass(frozen=True, slots=True)
class ResultCard:
    """One graded question. `experiment_url` leads to the experiment whose packet decided the answer, if any."""

    number: int
    result: dict[str, Any]
    template: str
    experiment_url: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """When an attempt closes by itself, and the server's time as the page is made. `late`: work is late by now.

    `closing`: from when on `late_penalty_percent` are taken off; None: nothing is, or all of the time is late.
    """

    deadline: datetime
    now: datetime
    late: bool
    closing: datetime | None
    late_penalty_percent: int

    @property
    def milliseconds(self) -> int:
        """How much is left."""
        return int((self.deadline - self.now).total_seconds() * 1000)


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
        revision.scenario = scenario.document() if scenario else None
        exchange = facts_of(kind_of(question), variant.spec, {}, engine_of(scenario))
        result = grade_one(AnsweredQuestion(slug, question.kind, question.points, variant.spec, {}, exchange))
    except (InvalidSpecError, UngradableQuestionError) as error:
        return Preview(variant.name, question_card(draft), problem=str(error))
    template = KINDS[question.kind].result_template
    shown = ResultCard(question.position, result, template, picture=picture_beside(revision))
    return Preview(variant.name, question_card(draft), shown)


def waiting(attempt: Attempt, poll: int) -> Waiting:
    """`poll` counts how often this page has asked already."""
    failed, now = attempt.state == Attempt.State.FAILED, timezone.now()
    progress = grading_progress(attempt, now)
    late = progress is None and attempt.submitted_at is not None and now - attempt.submitted_at > LATE_AFTER
    if failed:
        poll_ms = None
    elif late:
        poll_ms = LATE_POLL
    else:
        poll_ms = EVERY_POLL if progress or poll >= len(FIRST_POLLS) else FIRST_POLLS[poll]
    unreachable, retrying = progress is None and attempt.enqueued_at is None, attempt.retry_at is not None
    return Waiting(late, unreachable, failed, retrying, poll + 1, poll_ms, progress)


def grading_progress(attempt: Attempt, now: datetime) -> GradingProgress | None:
    """None where no worker has begun, and where the one that did has not been heard of for too long."""
    begun = attempt.state == Attempt.State.SUBMITTED and attempt.claimed_at is not None
    if not begun or attempt.heartbeat_at is None or now - attempt.heartbeat_at > ALIVE_FOR:
        return None
    return GradingProgress(attempt.graded_answers, attempt.answers.count())


def clock_of(attempt: Attempt, now: datetime) -> Clock | None:
    """With everything that was granted since the start; None for an attempt without an end."""
    rules = rules_of(attempt)
    deadline = update_deadline(attempt, rules)
    if deadline is None:
        return None
    closing = rules.closing(attempt.started_at)
    late = rules.is_late(attempt.started_at, now)
    return Clock(
        deadline,
        now,
        late,
        closing if closing is not None and closing < deadline and not late else None,
        rules.late_penalty_percent,
    )


def redacted(result: dict[str, Any], *, points: bool) -> dict[str, Any]:
    """Of a mark's result what does not give the key away, now or later: what was asked and answered, and the points.

    It names what stays, so that whatever a kind adds to its results is left out.
    """
    kept = REDACTED if points else REDACTED - POINTS
    return {name: value for name, value in result.items() if name in kept}


def result_cards(attempt: Attempt, score: Score | None, showing: Showing) -> tuple[ResultCard, ...]:
    """One for each mark of the engine's grade, without what does not show yet; none before there is a grade."""
    if score is None:
        return ()
    stored = score.grade.marks.select_related("answer__revision").order_by("answer__position")
    marks = enumerate(stored, start=1)
    if not showing.key:
        return tuple(
            ResultCard(number, redacted(mark.result, points=showing.points), REDACTED_TEMPLATE)
            for number, mark in marks
        )
    lesson = attempt.quiz.lesson
    slugs = set(lesson.experiments.values_list("slug", flat=True))
    return tuple(
        ResultCard(
            number=number,
            result=mark.result,
            template=KINDS[mark.result["kind"]].result_template,
            experiment_url=experiment_url(lesson, mark.result, slugs),
            picture=picture_beside(mark.answer.revision),
        )
        for number, mark in marks
    )


def experiment_url(lesson: Lesson, result: dict[str, Any], slugs: Collection[str]) -> str:
    """Where the lesson shows the packet that decided; "" where none of its experiments (`slugs`) does."""
    slug = result["experiment"]
    return f"{lesson.get_absolute_url()}#experiment-{slug}" if slug in slugs else ""
