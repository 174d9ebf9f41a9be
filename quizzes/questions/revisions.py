"""Revisions: a question as an attempt was asked it, in one variant. The digest covers all that decides the grade."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lessons.runs.scenarios import Scenario
from quizzes.models import Question, QuestionRevision
from quizzes.questions.specifications import scenario_for
from quizzes.questions.variants import Variant, choose, parse_variants


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
        "scenario": scenario.document() if scenario else None,
    }
    if variant.parameters:
        content["variant"] = variant.document()
    return content


def digest_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def revision_scenario(revision: QuestionRevision) -> Scenario | None:
    """The cluster and the probe as they were when the question was asked."""
    return None if revision.scenario is None else Scenario.of_document(revision.scenario)
