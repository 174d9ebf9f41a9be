"""The shape of quiz.yaml. Unknown keys are refused; errors name file and key.

Each question has slug, kind, points, objective and difficulty; its other keys are its kind's specification
(quizzes/kinds).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from django.utils.translation import gettext
from pydantic import Field, model_validator
from pydantic_core import to_jsonable_python

from lessons.content.schema import Content, ContentError, Slug, Title, parse
from quizzes.errors import InvalidSpecError, key_path
from quizzes.questions import drawing, variants
from quizzes.questions.variants import parse_variants

OWN_KEYS = ("slug", "kind", "points", "objective", "difficulty")


class QuestionContent(Content):
    """`spec` is what the kind's specification says, as JSON with only the keys that the author wrote."""

    slug: Slug
    kind: str
    points: Annotated[int, Field(ge=1, le=100)] = 1
    objective: Annotated[int, Field(ge=1, le=50)] | None = None
    difficulty: Annotated[int, Field(ge=1, le=3)] = 2
    spec: dict[str, Any]


class PoolContent(Content):
    """Of the questions with this objective and difficulty (null: any) an attempt draws `pick`."""

    objective: Annotated[int, Field(ge=1, le=50)] | None = None
    difficulty: Annotated[int, Field(ge=1, le=3)] | None = None
    pick: Annotated[int, Field(ge=1, le=100)]


class QuizContent(Content):
    title: Title
    intro: str = Field(default="", max_length=20_000)
    pass_percent: int = Field(default=70, ge=1, le=100)
    questions: tuple[QuestionContent, ...] = Field(min_length=1, max_length=100)
    pools: tuple[PoolContent, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def slugs_are_unique(self) -> Self:
        slugs = [question.slug for question in self.questions]
        if repeated := sorted({slug for slug in slugs if slugs.count(slug) > 1}):
            raise ValueError(gettext("slug used more than once: {known}").format(known=", ".join(repeated)))
        return self

    @model_validator(mode="after")
    def pools_can_be_drawn_from(self) -> Self:
        if problems := drawing.problems(self.questions, self.pools):
            raise ValueError(" ".join(problems))
        return self


def parse_quiz(data: object, file: str) -> QuizContent:
    """Validates the data of a quiz.yaml, specifications included. Raises ContentError."""
    if not isinstance(data, Mapping):
        raise ContentError(file, (gettext("must be a mapping with title and questions"),))
    questions = data.get("questions")
    if not isinstance(questions, list) or not all(isinstance(question, Mapping) for question in questions):
        raise ContentError(file, (gettext("questions: must be a list of mappings"),))
    nested = [own_keys(question) | {"spec": specification(question)} for question in questions]
    problems = tuple(
        f"questions[{index}].{problem}" for index, question in enumerate(nested) for problem in spec_problems(question)
    )
    if problems:
        raise ContentError(file, problems)
    content = parse(QuizContent, {**data, "questions": nested}, file)
    return content.model_copy(update={"questions": tuple(normalized(question) for question in content.questions)})


def own_keys(question: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in question.items() if key in OWN_KEYS}


def specification(question: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in question.items() if key not in OWN_KEYS}


def spec_problems(question: Mapping[str, Any]) -> Iterator[str]:
    try:
        parse_variants(str(question.get("kind", "")), question["spec"])
    except InvalidSpecError as error:
        for path, message in error.problems:
            yield f"{key_path(path)}: {message}" if path else message


def normalized(question: QuestionContent) -> QuestionContent:
    return question.model_copy(update={"spec": spec_document(question.kind, question.spec)})


def spec_document(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """A specification as the JSON that is stored, one with variants as its author wrote it. Raises InvalidSpecError."""
    parsed = parse_variants(kind, data)
    if variants.KEY in data or variants.CROSSED in data:
        document: dict[str, Any] = to_jsonable_python(dict(data))
        return document
    return parsed[0].spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
