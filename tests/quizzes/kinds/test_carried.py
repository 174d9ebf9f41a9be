"""An answer to a question as one to the same question corrected: entries are found again by what they say."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from quizzes.errors import CannotCarryOverError
from quizzes.kinds import KINDS, Response, parse_spec
from tests.quizzes.every_kind import EVERY_KIND, SOLUTIONS


def carried(slug: str, after: dict[str, Any], response: Response) -> Response:
    kind, _, before = EVERY_KIND[slug]
    return KINDS[kind].carried(parse_spec(kind, before), parse_spec(kind, after), response)


def corrected(slug: str, key: str, **changes: Any) -> dict[str, Any]:
    """The question with its list turned round, or with changes to the first entry of it."""
    spec = deepcopy(EVERY_KIND[slug][2])
    spec[key] = [spec[key][0] | changes, *spec[key][1:]] if changes else spec[key][::-1]
    return spec


@pytest.mark.parametrize("slug", EVERY_KIND)
def test_an_answer_to_the_unchanged_question_stays_as_it_is(slug: str) -> None:
    assert carried(slug, EVERY_KIND[slug][2], SOLUTIONS[slug]) == SOLUTIONS[slug]


@pytest.mark.parametrize("slug", EVERY_KIND)
def test_no_answer_stays_none(slug: str) -> None:
    assert carried(slug, EVERY_KIND[slug][2], {}) == {}


@pytest.mark.parametrize(
    ("slug", "key", "given", "moved"),
    [
        ("sees", "options", {"chosen": [0]}, {"chosen": [2]}),
        ("true", "options", {"chosen": [0, 1]}, {"chosen": [1, 2]}),
        ("decides", "commands", {"chosen": 0}, {"chosen": 1}),
        ("pairs", "pairs", {"partners": [0, 2]}, {"partners": [2, 1]}),
        ("way", "hops", {"positions": [4, 3, 1, 2]}, {"positions": [2, 1, 3, 4]}),
    ],
    ids=["one option", "several options", "command", "pairs", "hops"],
)
def test_an_entry_that_stands_elsewhere_is_found(slug: str, key: str, given: Response, moved: Response) -> None:
    assert carried(slug, corrected(slug, key), given) == moved


@pytest.mark.parametrize(
    ("slug", "after", "given"),
    [
        ("sees", corrected("sees", "options", text="A reset"), {"chosen": [0]}),
        ("decides", corrected("decides", "commands", line="kubectl get pods -n app"), {"chosen": 0}),
        ("pairs", corrected("pairs", "pairs", left="switch"), SOLUTIONS["pairs"]),
        ("pairs", corrected("pairs", "pairs", right="frames"), SOLUTIONS["pairs"]),
        ("way", corrected("way", "hops", label="the Pod"), SOLUTIONS["way"]),
        (
            "rule",
            EVERY_KIND["rule"][2] | {"text": "{{source}}", "blanks": {"source": {"value": 1, "explanation": "Hm."}}},
            SOLUTIONS["rule"],
        ),
    ],
    ids=["option", "command", "left of a pair", "right of a pair", "hop", "gap"],
)
def test_an_entry_that_is_gone_is_not_guessed(slug: str, after: dict[str, Any], given: Response) -> None:
    with pytest.raises(CannotCarryOverError, match="question"):
        carried(slug, after, given)


def test_an_option_that_nobody_chose_may_change() -> None:
    assert carried("sees", corrected("sees", "options", text="A reset"), {"chosen": [2]}) == {"chosen": [2]}
