"""What holds for every answer to every kind of question."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.errors import InvalidAnswerError
from quizzes.kinds import KINDS
from tests.quizzes.kinds.exchange import exchange
from tests.quizzes.kinds.test_choices import ENGINE, FIXED, MANY
from tests.quizzes.kinds.test_fill import RULE
from tests.quizzes.kinds.test_ip_address import TRACED
from tests.quizzes.kinds.test_match import WHO as PAIRS
from tests.quizzes.kinds.test_network import spec as network
from tests.quizzes.kinds.test_number import TRACED_NUMBER
from tests.quizzes.kinds.test_order_hops import IN_ORDER
from tests.quizzes.kinds.test_short_text import WHO
from tests.quizzes.kinds.test_verdict import FATE

QUESTIONS = {"fixed": ("single_choice", FIXED), "engine": ("single_choice", ENGINE)} | {
    "many": ("multiple_choice", MANY),
    "traced": ("ip_address", TRACED),
    "order": ("order_hops", IN_ORDER),
    "number": ("number", TRACED_NUMBER),
    "prefix": ("network", network("cidr")),
    "port": ("network", network("port")),
    "MAC": ("network", network("mac")),
    "verdict": ("verdict", FATE),
    "text": ("short_text", WHO),
    "match": ("match", PAIRS),
    "fill": ("fill", RULE),
}
every_question = pytest.mark.parametrize(("kind", "spec"), QUESTIONS.values(), ids=QUESTIONS)
words = st.text("0123456789.,:/[]afx ²–-", max_size=80) | st.integers(-1, 12).map(str) | st.ip_addresses().map(str)
forms = st.dictionaries(st.sampled_from(["q", *(f"q.{n}" for n in range(6))]), st.lists(words, max_size=4), max_size=7)


@every_question
@given(form=forms)
def test_whatever_is_posted_is_graded_between_nothing_and_everything_or_refused(
    kind: str, spec: Any, form: dict[str, list[str]]
) -> None:
    question = KINDS[kind]
    try:
        response = question.read(spec, form, "q", "seed")
        question.check(spec, response)
    except InvalidAnswerError:
        return
    result = question.grade(spec, response, exchange())
    assert 0 <= result.fraction <= 1
    assert all(outcome.explanation for outcome in result.outcomes)
    assert question.answered(response) or result.fraction == 0


@every_question
@given(seed=st.text("ab", max_size=10))
def test_what_is_shown_for_a_seed_is_always_the_same(kind: str, spec: Any, seed: str) -> None:
    assert KINDS[kind].present(spec, {}, seed) == KINDS[kind].present(spec, {}, seed)


@every_question
def test_the_solution_earns_everything_and_each_distractor_nothing(kind: str, spec: Any) -> None:
    question = KINDS[kind]
    question.check(spec, question.solution(spec, exchange()))
    assert question.grade(spec, question.solution(spec, exchange()), exchange()).fraction == 1
    wrong = [question.grade(spec, each, exchange()).fraction for each in question.distractors(spec, exchange())]
    assert not any(wrong)
