"""What the pages of practice show of one question, as plain values."""

from __future__ import annotations

from quizzes.attempts import presentation
from quizzes.attempts.drafts import Draft
from quizzes.attempts.presentation import QuestionCard, ResultCard
from quizzes.errors import InvalidAnswerError
from quizzes.kinds import KINDS, Response
from quizzes.kinds.base import Form
from quizzes.models import PracticeAnswer
from quizzes.questions.specifications import kind_of, specification
from quizzes.review.practice import stand_in


def question_card(practice: PracticeAnswer, response: Response | None = None, problem: str = "") -> QuestionCard:
    return presentation.question_card(Draft(stand_in(practice), response or {}, version=0, problem=problem))


def refused_card(practice: PracticeAnswer, form: Form, problem: str) -> QuestionCard:
    """With what was sent, so that nobody has to enter it again."""
    kind, spec = kind_of(practice.revision), specification(practice.revision)
    try:
        response = kind.read(spec, form, practice.revision.slug, stand_in(practice).seed)
    except InvalidAnswerError:  # a forged form
        response = {}
    return question_card(practice, response, problem)


def result_card(practice: PracticeAnswer) -> ResultCard | None:
    """None until it is graded, or when it could not be."""
    if practice.result is None:
        return None
    slugs = set(practice.lesson.experiments.values_list("slug", flat=True))
    return ResultCard(
        number=1,
        result=practice.result,
        template=KINDS[practice.result["kind"]].result_template,
        experiment_url=presentation.experiment_url(practice.lesson, practice.result, slugs),
        picture=presentation.picture_beside(practice.revision),
    )
