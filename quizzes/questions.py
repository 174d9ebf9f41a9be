"""Questions: their specification, the packet that decides their answer, and whether they hold together.

specification(revision)      the parsed specification of a question as it was asked
scenario_for(spec, lesson)   the cluster and the probe that a specification names, if any
facts_of(kind, spec, …)      what the engine finds, and grading a response needs
require_readable(…)          whether a response can be graded as it stands; free for the learner
gradable(…)                  what of a response can be graded when time is up
check(kind, data, lesson)    what has to be true before an author's question is kept; asks the engine
quiz_problems(quiz)          the same for all questions of a quiz, before it is published
revision_of(question, seed)  the question as it is now, in one variant, for an attempt to point at
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError

from lessons.models import Lesson
from lessons.runs.scenarios import Scenario
from quizzes import drawing
from quizzes.engine import Engine
from quizzes.kinds import (
    KINDS,
    IncompleteAnswerError,
    InvalidAnswerError,
    InvalidSpecError,
    Kind,
    QuestionSpec,
    Response,
    UngradableQuestionError,
    parse_spec,
)
from quizzes.models import Question, QuestionRevision, Quiz
from quizzes.placeholders import missing_explanations
from quizzes.variants import Variant, choose, parse_variants

FIELD = "answer"  # stands for a question's slug where its form is tried


def kind_of(question: Question | QuestionRevision) -> Kind[Any]:
    return KINDS[question.kind]


def specification(revision: QuestionRevision) -> QuestionSpec:
    """Raises InvalidSpecError for one that was stored without being checked."""
    return parse_spec(revision.kind, revision.spec)


def scenario_for(spec: QuestionSpec, lesson: Lesson) -> Scenario | None:
    """Raises InvalidSpecError that names the key when the lesson has no such experiment, or no scene."""
    if spec.experiment:
        return experiment_scenario(spec.experiment, lesson)
    if spec.scene is None:
        return None
    if lesson.scene is None:
        raise InvalidSpecError(((("scene",), f"the lesson “{lesson}” has no scene to send a packet through"),))
    facts = spec.scene
    changes = (facts.changes,) if facts.changes.strip() else ()
    return Scenario(lesson.scene.manifests, changes, facts.action(), faults=facts.faults)


def experiment_scenario(slug: str, lesson: Lesson) -> Scenario:
    experiments = {experiment.slug: experiment for experiment in lesson.experiments.select_related("lesson__scene")}
    if slug not in experiments:
        known = ", ".join(experiments) or "none"
        raise InvalidSpecError(((("experiment",), f"the lesson has no experiment {slug!r}; it has {known}"),))
    try:
        return experiments[slug].scenario()
    except ValidationError as error:
        raise InvalidSpecError(((("experiment",), " ".join(error.messages)),)) from error


def engine_of(scenario: Scenario | None) -> Engine | None:
    return None if scenario is None else Engine(scenario)


def facts_of(
    kind: Kind[Any], spec: QuestionSpec, response: Response, engine: Engine | None
) -> Mapping[str, Any] | None:  # fmt: skip
    """What the engine finds for grading this response. Raises UngradableQuestionError when it refuses the question."""
    return None if engine is None else kind.facts(spec, response, engine)


def require_readable(
    kind: Kind[Any], spec: QuestionSpec, response: Response, scenario: Scenario | None
) -> None:  # fmt: skip
    """Raises InvalidAnswerError when the response cannot be graded as it stands."""
    kind.check(spec, response)
    if scenario is not None and kind.answered(response):
        kind.check_in_cluster(spec, response, scenario)


def gradable(
    kind: Kind[Any], spec: QuestionSpec, response: Response, scenario: Scenario | None
) -> tuple[Response, str]:  # fmt: skip
    """What of a response can be graded, as it was when time was up: an incomplete one as far as it goes, one that
    cannot be read as none at all; then the second value says what is wrong with it."""
    try:
        require_readable(kind, spec, response, scenario)
    except IncompleteAnswerError:
        return response, ""
    except InvalidAnswerError as error:
        return {}, str(error)
    return response, ""


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
        raise UngradableQuestionError("no answer at all earns points")
    solution = kind.solution(spec, facts)
    if graded(kind, spec, solution, engine) != 1:
        shown = kind.describe(spec, solution)
        raise UngradableQuestionError(f"the solution as it is shown, “{shown}”, does not earn all points")
    for distractor in kind.distractors(spec, facts):
        earned = graded(kind, spec, distractor, engine)
        if earned == 1 or (earned and not kind.mistakes_earn_part):
            shown = kind.describe(spec, distractor)
            points = "all points" if earned == 1 else "points"
            raise UngradableQuestionError(f"“{shown}” is meant to be wrong, but earns {points}")
    require_that_it_refuses(kind, spec, scenario)


def graded(kind: Kind[Any], spec: QuestionSpec, response: Response, engine: Engine | None) -> Fraction:
    """Raises UngradableQuestionError for a response that learners could not give."""
    try:
        require_readable(kind, spec, response, engine.scenario if engine else None)
    except InvalidAnswerError as error:
        raise UngradableQuestionError(f"an answer of the specification itself cannot be read: {error}") from error
    return kind.grade(spec, response, facts_of(kind, spec, response, engine)).fraction


def require_that_it_refuses(kind: Kind[Any], spec: QuestionSpec, scenario: Scenario | None) -> None:
    """Every form that must not be graded is refused, with a message. Raises UngradableQuestionError."""
    for form in kind.invalid_forms(spec, FIELD):
        try:
            require_readable(kind, spec, kind.read(spec, form, FIELD, FIELD), scenario)
        except InvalidAnswerError:
            continue
        raise UngradableQuestionError(f"an invalid answer would be graded: {form}")


def quiz_problems(quiz: Quiz) -> tuple[str, ...]:
    """Why learners should not see this quiz yet; each names its question. Runs the engine."""
    questions = list(quiz.questions.select_related("quiz__lesson__scene"))
    if not questions:
        return ("it has no questions.",)
    of_questions = ((question.slug, problem_of(question)) for question in questions)
    found = tuple(f"Question {slug}: {problem}." for slug, problem in of_questions if problem)
    return found + drawing.problems(questions, list(quiz.pools.all()))


def problem_of(question: Question) -> str:
    """Why this question cannot be graded, or what of it is still to be written, or ""."""
    try:
        check(question.kind, question.spec, question.quiz.lesson)
    except InvalidSpecError as error:
        return str(error)
    unwritten = ", ".join(missing_explanations(question.spec))
    return f"write the explanations that the import left open: {unwritten}" if unwritten else ""


def exchange_of(scenario: Scenario | None) -> Mapping[str, Any] | None:
    """What the question's own action finds. Raises UngradableQuestionError when the engine refuses it."""
    return None if scenario is None else Engine(scenario).exchange()


def revision_of(question: Question, seed: str) -> QuestionRevision:
    """The stored revision with the content of the seed's variant, made when it is needed first."""
    content = content_of(question, choose(parse_variants(question.kind, question.spec), seed, question.slug))
    revision, _ = QuestionRevision.objects.get_or_create(
        question=question, digest=digest_of(content), defaults={"slug": question.slug, **content}
    )
    return revision


def current_digests(question: Question) -> set[str]:
    """Of the revisions that attempts are asked now, one for each variant. Raises InvalidSpecError."""
    return {digest_of(content_of(question, variant)) for variant in parse_variants(question.kind, question.spec)}


def content_of(question: Question, variant: Variant) -> dict[str, Any]:
    """Everything that decides the grade of an answer: the fields of a revision."""
    scenario = scenario_for(variant.spec, question.quiz.lesson)
    content = {
        "kind": question.kind,
        "points": question.points,
        "spec": variant.data,
        "scenario": scenario.request("trace") if scenario else None,
    }
    if variant.parameters:
        content["variant"] = variant.document()
    return content


def digest_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def revision_scenario(revision: QuestionRevision) -> Scenario | None:
    """The cluster and the probe as they were when the question was asked."""
    return None if revision.scenario is None else Scenario.of_request(revision.scenario)
