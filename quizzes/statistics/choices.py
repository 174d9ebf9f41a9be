"""What was answered, counted: which option, which known mistake, which other answer; or which part was right."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from quizzes.models import Mark
from quizzes.statistics.first_attempts import Answered

OF_PARTS = ("match", "fill", "order_hops", "predict_packet")
MOST = 12
Key = tuple[str, bool]  # text, right


@dataclass(frozen=True, slots=True)
class Choice:
    """`text` is Markdown. Of a question of several parts each is one, and `count` says how many had it right."""

    text: str
    right: bool
    count: int
    share: float
    other: bool = False


def choices_of(kind: str, rows: Sequence[Answered], results: Mapping[int, Any]) -> tuple[Choice, ...]:
    """In the question's order for parts, else the most frequent first; beyond MOST the rest are one entry."""
    counts: Counter[Key] = Counter()
    for example, count in same_answers(rows):
        for key, hit in outcomes(kind, results[example]):
            counts[key] += count if hit else 0
    total = len(rows)
    ordered = list(counts.items()) if kind in OF_PARTS else sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    found = [Choice(text, right, count, count / total) for (text, right), count in ordered]
    if len(found) <= MOST:
        return tuple(found)
    rest = sum(choice.count for choice in found[MOST - 1 :])
    others = Choice(gettext("Other answers"), False, rest, rest / total, other=True)
    return (*found[: MOST - 1], others)


def same_answers(rows: Iterable[Answered]) -> list[tuple[int, int]]:
    """For each different answer to each variant: one of its marks, and how often it was given."""
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row in rows:
        groups[row.revision, json.dumps(row.response, sort_keys=True)].append(row.mark)
    return [(marks[0], len(marks)) for marks in groups.values()]


def results_of(rows: Iterable[Answered]) -> dict[int, Any]:
    """What was shown for one example of each answer: mark → result."""
    examples = [example for example, _count in same_answers(rows)]
    return dict(Mark.objects.filter(pk__in=examples).order_by().values_list("pk", "result"))


def outcomes(kind: str, result: Mapping[str, Any]) -> list[tuple[Key, bool]]:
    """Each option or part, and whether this answer has it: chosen, or of parts right. No answer is a choice, too."""
    if kind in OF_PARTS:
        return [((each["text"], True), each["right"]) for each in result["outcomes"]]
    listed = [((each["text"], each["right"]), each["chosen"]) for each in result["outcomes"] if each["text"]]
    if any(chosen for _key, chosen in listed):
        return listed
    if result["verdict"] == "not answered":
        return [*listed, ((gettext("No answer"), False), True)]
    own = gettext("A right answer") if result["verdict"] == "right" else other_answer(kind, result)
    return [*listed, ((own, result["verdict"] == "right"), True)]


def other_answer(kind: str, result: Mapping[str, Any]) -> str:
    return gettext("Another manifest") if kind == "write_yaml" else str(result["answer"])
