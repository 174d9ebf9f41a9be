"""What the client sees: always the same five to choose from, and the engine decides."""

from __future__ import annotations

from typing import Any

import pytest

from quizzes.errors import InvalidAnswerError, InvalidSpecError, UngradableQuestionError
from quizzes.kinds import KINDS, parse_spec
from quizzes.kinds.verdict import VERDICTS
from tests.quizzes.kinds.exchange import exchange

VERDICT = KINDS["verdict"]
EXPLANATIONS = {word: f"About {word}." for word in VERDICTS}


def spec(**keys: Any) -> Any:
    return parse_spec("verdict", {"prompt": "What?", "experiment": "first", "explanations": EXPLANATIONS} | keys)


FATE = spec()


@pytest.mark.parametrize("seen", VERDICTS)
def test_only_what_the_engine_saw_is_right(seen: str) -> None:
    document = exchange(client_sees=seen)
    assert [VERDICT.grade(FATE, {"verdict": word}, document).fraction for word in VERDICTS] == [
        int(word == seen) for word in VERDICTS
    ]


def test_every_verdict_is_explained_and_marked() -> None:
    outcomes = VERDICT.grade(FATE, {"verdict": "timeout"}, exchange(client_sees="refused")).outcomes
    assert [(o.chosen, o.right, o.explanation) for o in outcomes] == [
        (word == "timeout", word == "refused", f"About {word}.") for word in VERDICTS
    ]


def test_the_verdicts_are_always_shown_in_the_same_order() -> None:
    shown = [[o["text"] for o in VERDICT.present(FATE, {}, seed)["options"]] for seed in ("a", "b", "c")]
    assert shown[0] == shown[1] == shown[2]


def test_two_answers_are_refused() -> None:
    with pytest.raises(InvalidAnswerError, match="one option only"):
        VERDICT.read(FATE, {"q": ["0", "1"]}, "q", "seed")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "no traced packet"),
        ({"rcode": "NOERROR"}, "the exchange has no 'client_sees'"),
        (exchange(client_sees="answered"), "client_sees is 'answered', not one of connected, refused, timeout"),
    ],
    ids=["no packet", "another document", "unknown word"],
)
def test_facts_that_do_not_fit_are_the_questions_fault(document: Any, message: str) -> None:
    with pytest.raises(UngradableQuestionError, match=message):
        VERDICT.grade(FATE, {}, document)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"explanations": {**EXPLANATIONS, "reset": ""}}, "explanations.reset"),
        ({"explanations": {"refused": "x"}}, "explanations.connected: is missing"),
        ({"experiment": None}, "explanations needs facts"),
    ],
    ids=["empty explanation", "missing explanations", "no facts"],
)
def test_a_specification_that_cannot_work_is_refused_with_its_key(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(**keys)
