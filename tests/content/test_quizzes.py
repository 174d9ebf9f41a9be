"""Every question of every shipped quiz is solved by its own key, and by none of its distractors."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from django.conf import settings

from quizzes.kinds import KINDS, Result
from quizzes.questions.checking import require_that_it_refuses
from quizzes.questions.specifications import require_readable
from quizzes.questions.variants import count
from tests.content.shipped import LESSONS, Question, ShippedLesson

QUESTIONS = [pytest.param(lesson, question, id=question.name) for lesson in LESSONS for question in lesson.questions()]
questions = pytest.mark.parametrize(("lesson", "question"), QUESTIONS)
lessons = pytest.mark.parametrize("lesson", [pytest.param(lesson, id=lesson.folder) for lesson in LESSONS])


def said(explanation: str) -> bool | None:
    """Whether it begins with a yes or a no; None: with neither."""
    found = re.match(r"(?:(Yes|Right|True)|No|False)\b", explanation)
    return found and bool(found[1])


def graded(lesson: ShippedLesson, question: Question, response: dict[str, Any]) -> Result:
    return KINDS[question.kind].grade(question.spec, response, lesson.facts(question, response))


@questions
def test_the_key_earns_all_points(lesson: ShippedLesson, question: Question) -> None:
    solution = KINDS[question.kind].solution(question.spec, lesson.facts(question))
    require_readable(KINDS[question.kind], question.spec, solution, lesson.question_scenario(question))
    assert graded(lesson, question, solution).fraction == 1


@questions
def test_no_distractor_is_right(lesson: ShippedLesson, question: Question) -> None:
    kind = KINDS[question.kind]
    wrong = tuple(kind.distractors(question.spec, lesson.facts(question)))
    earned = {graded(lesson, question, response).fraction for response in wrong}
    assert earned
    assert 1 not in earned if kind.mistakes_earn_part else earned == {0}


@questions
def test_no_answer_earns_nothing(lesson: ShippedLesson, question: Question) -> None:
    assert graded(lesson, question, {}).fraction == 0


@questions
def test_what_is_invalid_is_refused(lesson: ShippedLesson, question: Question) -> None:
    require_that_it_refuses(KINDS[question.kind], question.spec, lesson.question_scenario(question))


@questions
def test_everything_that_can_be_chosen_is_explained(lesson: ShippedLesson, question: Question) -> None:
    facts = lesson.facts(question)
    kind = KINDS[question.kind]
    responses = (kind.solution(question.spec, facts), *kind.distractors(question.spec, facts))
    results = [graded(lesson, question, response) for response in responses]
    assert all(outcome.explanation.strip() for result in results for outcome in result.outcomes)


@questions
def test_an_explanation_that_says_yes_or_no_agrees_with_the_key(lesson: ShippedLesson, question: Question) -> None:
    keyed = [option for option in getattr(question.spec, "options", ()) if option.correct is not None]
    wrong = [option.text for option in keyed if said(option.explanation) not in (None, option.correct)]
    assert wrong == []


@lessons
def test_a_quiz_has_questions_of_four_kinds_at_least(lesson: ShippedLesson) -> None:
    assert len({question.kind for question in lesson.questions()}) >= 4


@lessons
def test_at_least_eight_questions_and_half_of_them_decided_by_the_engine(lesson: ShippedLesson) -> None:
    computed = {question.slug: bool(question.spec.expectations) for question in lesson.questions()}
    assert len(computed) >= 8
    assert 2 * sum(computed.values()) >= len(computed)


@lessons
def test_at_least_three_questions_have_variants(lesson: ShippedLesson) -> None:
    variants = Counter(question.slug for question in lesson.questions())
    assert sum(count > 1 for count in variants.values()) >= 3


@lessons
def test_the_key_of_choices_does_not_always_stand_in_the_same_place(lesson: ShippedLesson) -> None:
    single = [question for question in lesson.questions() if question.kind == "single_choice"]
    solve = KINDS["single_choice"].solution
    if len({question.slug for question in single}) < 2:
        pytest.skip("one question of this kind cannot show a habit")
    assert len({solve(question.spec, lesson.facts(question))["chosen"][0] for question in single}) > 1


@lessons
def test_each_objective_is_asked_about_and_each_question_has_one(lesson: ShippedLesson) -> None:
    asked = {question.objective for question in lesson.quiz.questions}
    assert asked == set(range(1, len(lesson.text.objectives) + 1))


INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: pulse, namespace: shop}
spec:
  ingressClassName: edge
  rules:
    - host: nobody.example
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}]}
    - host: status.example
      http: {paths: [{path: /health, pathType: Exact, backend: {service: {name: api, port: {number: 80}}}}]}
"""
ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: trial, namespace: shop}
spec:
  parentRefs: [{name: front, namespace: infra}]
  hostnames: [beta.example]
  rules:
    - matches: [{path: {type: PathPrefix, value: /api}}]
      backendRefs: [{name: canary, port: 80, weight: 3}]
    - backendRefs: [{name: canary, port: 80, weight: 1}]
"""


@pytest.mark.parametrize(
    ("kinds", "manifest"), [(("Ingress",), INGRESS), (("HTTPRoute",), ROUTE)], ids=["Ingress", "HTTPRoute"]
)
def test_another_object_that_does_the_same_earns_all_points(kinds: tuple[str, ...], manifest: str) -> None:
    written = ((lesson, question) for lesson in LESSONS for question in lesson.questions())
    lesson, question = next((a, b) for a, b in written if getattr(b.spec, "kinds", None) == kinds)
    assert graded(lesson, question, {"text": manifest}).fraction == 1


@lessons
def test_each_objective_can_be_practiced_in_as_many_variants_as_mastering_it_takes(lesson: ShippedLesson) -> None:
    variants = Counter(dict.fromkeys(range(1, len(lesson.text.objectives) + 1), 0))
    for question in lesson.quiz.questions:
        variants[question.objective] += count(question.spec)
    needed, _ = settings.REVIEW_MASTERY
    assert {objective: found for objective, found in variants.items() if found < needed} == {}
