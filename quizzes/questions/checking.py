"""Whether a question holds together: tried with the engine before it is kept, and before its quiz is published.

check(kind, data, lesson)    what has to be true before an author's question is kept
quiz_problems(quiz)          the same for all questions of a quiz, before it is published
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext

from lessons.models import Lesson
from lessons.runs.scenarios import Scenario
from quizzes.errors import InvalidAnswerError, InvalidSpecError, UngradableQuestionError
from quizzes.kinds import KINDS, Kind, QuestionSpec, Response
from quizzes.models import Question, Quiz
from quizzes.questions import drawing
from quizzes.questions.placeholders import missing_explanations
from quizzes.questions.specifications import engine_of, facts_of, require_readable, scenario_for
from quizzes.questions.variants import parse_variants
from quizzes.simulation.engine import Engine

FIELD = "answer"  # stands for a question's slug where its form is tried


def check(kind: str, data: Mapping[str, Any], lesson: Lesson) -> None:
    """Asks the engine whether every variant can be graded: exactly one option right, all hops passed …

    Raises InvalidSpecError that names the key, and the variant.
    """
    for variant in parse_variants(kind, data):
        try:
            require_that_it_grades(KINDS[kind], variant.spec, scenario_for(variant.spec, lesson))
        except UngradableQuestionError as error:
            where = f"{variant.name}: " if variant.name else ""
            raise InvalidSpecError((((), f"{where}{error}"),)) from error


def require_that_it_grades(kind: Kind[Any], spec: QuestionSpec, scenario: Scenario | None) -> None:
    """The key earns everything, every distractor and no answer nothing, and what is invalid is refused.

    Raises UngradableQuestionError.
    """
    engine = engine_of(scenario)
    facts = facts_of(kind, spec, {}, engine)
    if kind.grade(spec, {}, facts).fraction:
        raise UngradableQuestionError(gettext("no answer at all earns points"))
    solution = kind.solution(spec, facts)
    if graded(kind, spec, solution, engine) != 1:
        shown = kind.describe(spec, solution)
        raise UngradableQuestionError(
            gettext("the solution as it is shown, “{shown}”, does not earn all points").format(shown=shown)
        )
    for distractor in kind.distractors(spec, facts):
        earned = graded(kind, spec, distractor, engine)
        if earned == 1 or (earned and not kind.mistakes_earn_part):
            shown = kind.describe(spec, distractor)
            points = gettext("all points") if earned == 1 else gettext("points")
            raise UngradableQuestionError(
                gettext("“{shown}” is meant to be wrong, but earns {points}").format(shown=shown, points=points)
            )
    require_that_it_refuses(kind, spec, scenario)


def graded(kind: Kind[Any], spec: QuestionSpec, response: Response, engine: Engine | None) -> Fraction:
    """Raises UngradableQuestionError for a response that learners could not give."""
    try:
        require_readable(kind, spec, response, engine.scenario if engine else None)
    except InvalidAnswerError as error:
        raise UngradableQuestionError(
            gettext("an answer of the specification itself cannot be read: {problem}").format(problem=error)
        ) from error
    return kind.grade(spec, response, facts_of(kind, spec, response, engine)).fraction


def require_that_it_refuses(kind: Kind[Any], spec: QuestionSpec, scenario: Scenario | None) -> None:
    """Every form that must not be graded is refused, with a message. Raises UngradableQuestionError."""
    for form in kind.invalid_forms(spec, FIELD):
        try:
            require_readable(kind, spec, kind.read(spec, form, FIELD, FIELD), scenario)
        except InvalidAnswerError:
            continue
        raise UngradableQuestionError(gettext("an invalid answer would be graded: {form}").format(form=form))


def quiz_problems(quiz: Quiz) -> tuple[str, ...]:
    """Why learners should not see this quiz yet; each names its question. Runs the engine."""
    questions = list(quiz.questions.select_related("quiz__lesson__scene"))
    if not questions:
        return (gettext("it has no questions."),)
    of_questions = ((question.slug, problem_of(question)) for question in questions)
    found = tuple(
        gettext("Question {slug}: {problem}.").format(slug=slug, problem=problem)
        for slug, problem in of_questions
        if problem
    )
    return found + drawing.problems(questions, list(quiz.pools.all()))


def problem_of(question: Question) -> str:
    """Why this question cannot be graded, or what of it is still to be written, or ""."""
    try:
        check(question.kind, question.spec, question.quiz.lesson)
    except InvalidSpecError as error:
        return str(error)
    unwritten = ", ".join(missing_explanations(question.spec))
    return (
        gettext("write the explanations that the import left open: {unwritten}").format(unwritten=unwritten)
        if unwritten
        else ""
    )
