"""The command that prints something else for each cause, found by typing all of them in clusters with each."""

from __future__ import annotations

from typing import Any

import pytest

from quizzes.errors import InvalidSpecError, UngradableQuestionError
from quizzes.kinds import KINDS, parse_spec
from quizzes.kinds.base import Result
from quizzes.kinds.decisive_command import LONGEST_OUTPUT, DecisiveCommandSpec, shortened
from tests.quizzes.every_kind import EVERY_KIND
from tests.quizzes.kinds.played import engine

DECIDE = KINDS["decisive_command"]
DATA = EVERY_KIND["decides"][2]
SLICES, PING = DATA["commands"]
CURL = {"at": "pod/ops/client", "line": "curl -s http://10.96.0.50", "explanation": "x"}
CAPTURE = {"at": "pod/app/two", "line": "ip address", "explanation": "x"}


def spec(**keys: Any) -> DecisiveCommandSpec:
    found = parse_spec("decisive_command", DATA | keys)
    assert isinstance(found, DecisiveCommandSpec)
    return found


def result(chosen: int | None, question: DecisiveCommandSpec | None = None) -> Result:
    question = question or spec()
    response = {} if chosen is None else {"chosen": chosen}
    return DECIDE.grade(question, response, DECIDE.facts(question, response, engine(question)))


@pytest.mark.parametrize(("chosen", "fraction"), [(0, 1), (1, 0), (None, 0)])
def test_only_the_command_that_tells_them_apart_earns_anything(chosen: int | None, fraction: int) -> None:
    assert result(chosen).fraction == fraction


def test_the_result_shows_what_each_command_prints_with_each_cause() -> None:
    details = result(1).details
    assert details is not None
    assert details["causes"] == ["The selector matches nobody", "The target port is wrong"]
    slices, ping = details["commands"]
    assert ["10.244.2.2" in text for text in slices["outputs"]] == [False, True]
    assert (slices["same"], ping["same"], ping["chosen"]) == (False, True, True)
    assert "1 received" in ping["outputs"][0]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param({"commands": [PING, CAPTURE]}, "exactly one .* none does", id="none decides"),
        pytest.param(
            {"commands": [SLICES, PING, SLICES | {"line": "kubectl get endpoints -n app"}]},
            r"exactly one .* commands\[0\] .*, commands\[2\] .* does",
            id="two decide",
        ),
        pytest.param(
            {"hypotheses": [*DATA["hypotheses"], DATA["hypotheses"][0] | {"label": "The same once more"}]},
            "exactly one .* none does",
            id="none tells more than two of three apart",
        ),
        pytest.param(
            {"hypotheses": [DATA["hypotheses"][0], {"label": "all is well"}]},
            "the symptom itself tells the hypotheses apart: .*connected.* with “all is well”",
            id="the symptom decides",
        ),
        pytest.param(
            {"commands": [SLICES, PING | {"at": "pod/app/nix"}]}, "the engine refuses it", id="a machine that is not"
        ),
    ],
)
def test_a_question_that_does_not_hold_is_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(UngradableQuestionError, match=message):
        result(None, spec(**keys))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param({"scene": None}, "scene: is missing|needs facts", id="no symptom"),
        pytest.param({"scene": {"reach": {"port": 80}}}, "a symptom is a command", id="a matrix as symptom"),
        pytest.param({"commands": [SLICES, SLICES]}, r"commands\[1\]: is there already", id="twice"),
        pytest.param({"hypotheses": DATA["hypotheses"][:1]}, "at least 2", id="one hypothesis"),
    ],
)
def test_a_specification_that_cannot_work_is_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(**keys)


@pytest.mark.parametrize("seed", ["a", "b", "c", "d"])
def test_the_order_on_the_screen_does_not_matter(seed: str) -> None:
    options = DECIDE.present(spec(), {}, seed)["options"]
    shown = next(option["value"] for option in options if "endpointslices" in option["text"])
    assert DECIDE.read(spec(), {"q": [str(shown)]}, "q", seed) == {"chosen": 0}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"output": "a\n", "exit_code": 0}, "a"),
        ({"output": "a\n", "exit_code": 1}, "a\n[1]"),
        ({"output": "", "exit_code": 7}, "[7]"),
        ({"output": "x" * 4000, "exit_code": 0}, "x" * LONGEST_OUTPUT),
    ],
    ids=["text", "with a code", "a code alone", "long"],
)
def test_what_was_printed_is_shown_with_its_code(document: dict[str, Any], text: str) -> None:
    assert shortened(document) == text
