"""A question as the learner who reports it saw it."""

from __future__ import annotations

from dataclasses import dataclass

from quizzes import drafts, presentation
from quizzes.models import Answer
from quizzes.policies.showing import Showing
from quizzes.presentation import QuestionCard, ResultCard
from quizzes.scores import score_of
from quizzes.variants import variant_name


@dataclass(frozen=True, slots=True)
class Seen:
    """`given`: the answer in words. `result`: once it is graded. `variant`: number and parameters, or ""."""

    card: QuestionCard
    given: str
    result: ResultCard | None
    variant: str
    revision: str
    seed: str


def seen(answer: Answer, showing: Showing) -> Seen:
    """`showing`: what of the result this reader may see."""
    results = presentation.result_cards(answer.attempt, score_of(answer.attempt), showing)
    variant = answer.revision.variant
    return Seen(
        card=presentation.question_card(drafts.stored_draft(answer)),
        given=drafts.in_words(answer, answer.response),
        result=next((card for card in results if card.result["slug"] == answer.revision.slug), None),
        variant=variant_name(variant["index"], variant["parameters"]) if variant else "",
        revision=answer.revision.digest[:12],
        seed=answer.seed,
    )
