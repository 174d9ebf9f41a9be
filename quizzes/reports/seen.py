"""A question as the learner who answered it saw it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from quizzes.attempts import drafts, presentation
from quizzes.attempts.presentation import QuestionCard, ResultCard
from quizzes.grading.scores import score_of
from quizzes.models import Answer, Attempt, PracticeAnswer
from quizzes.policies.showing import Showing
from quizzes.questions.variants import variant_name
from quizzes.review import showing as practice_pages
from quizzes.review.practice import stand_in


@dataclass(frozen=True, slots=True)
class Seen:
    """`given`: the answer in words. `result`: once it is graded. `variant`: number and parameters, or "".

    `engine`: its version when the question was asked; "" for what was asked before that was kept.
    """

    card: QuestionCard
    given: str
    result: ResultCard | None
    variant: str
    revision: str
    seed: str
    engine: str


def seen(asked: Answer | PracticeAnswer, showing: Showing) -> Seen:
    """`showing`: what of the result this reader may see; of practice everything."""
    if isinstance(asked, PracticeAnswer):
        return seen_with(stand_in(asked), practice_pages.result_card(asked))
    return all_seen(asked.attempt, [asked], showing)[0]


def all_seen(attempt: Attempt, answers: Iterable[Answer], showing: Showing) -> tuple[Seen, ...]:
    """`answers`: some of the attempt's. `showing`: what of the result this reader may see."""
    results = {card.result["slug"]: card for card in presentation.result_cards(attempt, score_of(attempt), showing)}
    return tuple(seen_with(answer, results.get(answer.revision.slug)) for answer in answers)


def seen_with(answer: Answer, result: ResultCard | None) -> Seen:
    variant = answer.revision.variant
    return Seen(
        card=presentation.question_card(drafts.stored_draft(answer)),
        given=drafts.in_words(answer, answer.response),
        result=result,
        variant=variant_name(variant["index"], variant["parameters"]) if variant else "",
        revision=answer.revision.digest[:12],
        seed=answer.seed,
        engine=answer.attempt.engine_version,
    )
