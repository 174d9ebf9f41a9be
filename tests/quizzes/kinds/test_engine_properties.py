"""What holds for every answer to the kinds that ask the engine more than one thing."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.errors import InvalidAnswerError
from quizzes.kinds import KINDS, parse_spec
from quizzes.kinds.predict_packet import FATES
from quizzes.questions.specifications import require_readable
from tests.quizzes.every_kind import EVERY_KIND, NOBODY, ONLY_EACH_OTHER
from tests.quizzes.kinds.played import engine

ASKED = ("wrapper", "packet", "decides")
PLACES = ["pod/app/one", "pod/app/two", "node/n1", "node/n2", "router", "external", "elsewhere"]
words = st.sampled_from(
    [*FATES, *PLACES, "interface:n1:flannel.1", "netfilter:n2:", "0", "1", "9", "10.244.1.2", "x", ""]
)
fields = st.sampled_from(["q", "q.fate", "q.place", "q.source"])
LINES = sorted({*ONLY_EACH_OTHER.splitlines(), *NOBODY.splitlines(), "---", "  egress: [{}]", "    - {}"})


@cache
def question(slug: str) -> tuple[Any, Any, Any]:
    kind, _, data = EVERY_KIND[slug]
    spec = parse_spec(kind, data)
    return KINDS[kind], spec, KINDS[kind].facts(spec, {}, engine(spec))


@pytest.mark.parametrize("slug", ASKED)
@given(form=st.dictionaries(fields, st.lists(words, max_size=2), max_size=4))
def test_whatever_is_posted_is_graded_between_nothing_and_everything_or_refused(
    slug: str, form: dict[str, list[str]]
) -> None:
    kind, spec, facts = question(slug)
    try:
        response = kind.read(spec, form, "q", "seed")
        require_readable(kind, spec, response, engine(spec).scenario)
    except InvalidAnswerError:
        return
    result = kind.grade(spec, response, facts)
    assert 0 <= result.fraction <= 1
    assert kind.answered(response) or result.fraction == 0
    assert all(outcome.explanation for outcome in result.outcomes)


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.sampled_from(LINES), max_size=14))
def test_whatever_is_written_is_graded_between_nothing_and_everything_or_refused(lines: list[str]) -> None:
    kind, spec, _facts = question("doors")
    response = kind.read(spec, {"q": ["\n".join(lines)]}, "q", "seed")
    try:
        require_readable(kind, spec, response, engine(spec).scenario)
    except InvalidAnswerError:
        return
    result = kind.grade(spec, response, kind.facts(spec, response, engine(spec)))
    assert 0 <= result.fraction <= 1
    assert (result.fraction == 1) == (not result.details["wrong"])


@pytest.mark.parametrize("slug", [*ASKED, "doors"])
@pytest.mark.parametrize("seed", ["", "a", "b"])
def test_what_is_shown_for_a_seed_is_always_the_same(slug: str, seed: str) -> None:
    kind, spec, _facts = question(slug)
    assert kind.present(spec, {}, seed) == kind.present(spec, {}, seed)
