"""What a new question starts from: a copy of one that is there already, so that its author changes instead of guesses.

examples(quiz)          one question of every kind, of this quiz's lesson where it has one, else a short one of another
copied(question, quiz)  the first values of a form for a question like this one
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quizzes.kinds import KINDS
from quizzes.models import Question, Quiz

COPIED = ("kind", "points", "difficulty", "spec")


@dataclass(frozen=True, slots=True)
class Example:
    """`elsewhere`: it is about the cluster of another lesson, so that names and addresses have to be changed."""

    question: Question
    elsewhere: bool


def examples(quiz: Quiz | None) -> tuple[Example, ...]:
    """In the order of the kinds; without those that no question is of yet."""
    found: dict[str, Example] = {}
    for question in Question.objects.select_related("quiz__lesson"):
        example = Example(question, elsewhere=quiz is None or question.quiz_id != quiz.pk)
        if question.kind not in found or simpler(example, found[question.kind]):
            found[question.kind] = example
    return tuple(found[kind] for kind in KINDS if kind in found)


def simpler(one: Example, other: Example) -> bool:
    return (one.elsewhere, len(str(one.question.spec))) < (other.elsewhere, len(str(other.question.spec)))


def copied(question: Question, given: Mapping[str, Any]) -> dict[str, Any]:
    """`given`: what the address of the form says already, which wins; another quiz has other objectives."""
    quiz = key_in(str(given.get("quiz", ""))) or question.quiz_id
    values = {name: getattr(question, name) for name in COPIED} | {**given, "quiz": quiz}
    if quiz == question.quiz_id:
        values |= {"objective": question.objective}
    last = {"position": Question.objects.filter(quiz=quiz).count() + 1} | values
    return last | {"slug": free_slug(question.slug, quiz)}


def free_slug(slug: str, quiz: int) -> str:
    taken = set(Question.objects.filter(quiz=quiz).values_list("slug", flat=True))
    numbered = (f"{slug[:76]}-{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (slug, *numbered) if each not in taken)


def key_in(text: str) -> int:
    """A primary key that somebody wrote into an address; 0, which no row has, for what cannot be one."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0
