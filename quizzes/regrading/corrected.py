"""An answer as one to its question as it is now.

Same variant, same meaning: a learner who was asked about port 8080 is graded by what is right for port 8080, and an
option that was chosen is found again by its text, wherever it stands now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from lessons import phrases
from quizzes.errors import CannotCarryOverError, InvalidSpecError
from quizzes.grading.scoring import AnsweredQuestion
from quizzes.kinds import KINDS
from quizzes.models import Answer, Question, QuestionRevision
from quizzes.questions.revisions import revision_scenario
from quizzes.questions.specifications import engine_of, facts_of, gradable, kind_of, scenario_for, specification
from quizzes.questions.variants import Variant, parse_variants

OTHER_KIND = gettext_noop("the question is of another kind now")
OTHER_VARIANT = gettext_noop("the question no longer has the variant that was asked")
UNREADABLE = gettext_noop("the question cannot be read: {words}")
NOT_FITTING = gettext_noop("the answer does not fit the question any more: {words}")
phrases.register(OTHER_KIND, OTHER_VARIANT, UNREADABLE, NOT_FITTING)


def corrected(answer: Answer, question: Question) -> AnsweredQuestion:
    """Runs the engine. Raises CannotCarryOverError, and UngradableQuestionError where the question does not hold."""
    revision = answer.revision
    if question.kind != revision.kind:
        raise CannotCarryOverError(OTHER_KIND)
    try:
        variant = same_variant(revision, question)
        scenario = scenario_for(variant.spec, question.quiz.lesson)
        before = specification(revision)
    except InvalidSpecError as error:
        raise CannotCarryOverError(UNREADABLE.format(words=error)) from error
    kind = KINDS[question.kind]
    carried = kind.carried(before, variant.spec, answer.response)
    response, problem = gradable(kind, variant.spec, carried, scenario)
    if problem and was_readable(answer):
        raise CannotCarryOverError(NOT_FITTING.format(words=problem))
    return AnsweredQuestion(
        slug=revision.slug,
        kind=question.kind,
        points=question.points,
        spec=variant.spec,
        response=response,
        exchange=facts_of(kind, variant.spec, response, engine_of(scenario)),
        unreadable=problem,
    )


def was_readable(answer: Answer) -> bool:
    """Not so where time was up before the learner had finished: that answer counted as none, and still does."""
    revision = answer.revision
    return not gradable(kind_of(revision), specification(revision), answer.response, revision_scenario(revision))[1]


def same_variant(revision: QuestionRevision, question: Question) -> Variant:
    """The question's variant with the parameters of the revision. Raises CannotCarryOverError and InvalidSpecError."""
    asked: Mapping[str, Any] = (revision.variant or {}).get("parameters", {})
    for variant in parse_variants(question.kind, question.spec):
        if variant.parameters == asked:
            return variant
    raise CannotCarryOverError(OTHER_VARIANT)
