"""What becomes of a packet, where, and with which source: three parts, decided by the packet itself."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from quizzes.errors import IncompleteAnswerError, InvalidAnswerError, InvalidSpecError, UngradableQuestionError
from quizzes.kinds import KINDS, parse_spec
from quizzes.kinds.base import Result
from quizzes.kinds.predict_packet import DISPOSITIONS, FATES, PredictPacketSpec
from tests.lessons.factories import WITHOUT_ENDPOINTS
from tests.quizzes.every_kind import CALICO, EVERY_KIND, NOBODY
from tests.quizzes.kinds.played import engine

PREDICT = KINDS["predict_packet"]
DATA = EVERY_KIND["packet"][2]
RIGHT = {"fate": "closed-port", "place": "pod/app/two", "source": "10.244.1.2"}
SERVICE = {"from": "pod/ops/client", "to": "svc/app/api", "port": 80}


def spec(**keys: Any) -> PredictPacketSpec:
    found = parse_spec("predict_packet", DATA | keys)
    assert isinstance(found, PredictPacketSpec)
    return found


def result(response: dict[str, str], question: PredictPacketSpec | None = None) -> Result:
    question = question or spec()
    return PREDICT.grade(question, response, PREDICT.facts(question, response, engine(question)))


def solution(scene: dict[str, Any]) -> tuple[str, str, str]:
    question = spec(scene=scene, mistakes=[])
    found = PREDICT.solution(question, PREDICT.facts(question, {}, engine(question)))
    return found["fate"], found["place"], found["source"]


@pytest.mark.parametrize(
    ("scene", "right"),
    [
        pytest.param(DATA["scene"], ("closed-port", "pod/app/two", "10.244.1.2"), id="nobody listens"),
        pytest.param(
            {"probe": {"from": "pod/ops/client", "to": "pod/app/two", "port": 8080}},
            ("delivered", "pod/app/two", "10.244.1.2"),
            id="somebody listens",
        ),
        pytest.param(
            {"probe": {"from": "node/n1", "to": "pod/app/two", "port": 8080}},
            ("delivered", "pod/app/two", "10.244.1.0"),
            id="a node's own packet into the tunnel",
        ),
        pytest.param(
            {"changes": WITHOUT_ENDPOINTS, "probe": SERVICE}, ("rule", "node/n1", "10.244.1.2"), id="no endpoints"
        ),
        pytest.param(
            {"changes": f"{CALICO}\n---\n{NOBODY}", "probe": {"from": "pod/ops/client", "to": "pod/app/two"}},
            ("policy", "node/n2", "10.244.1.2"),
            id="a policy",
        ),
        pytest.param(
            {"probe": {"from": "pod/ops/client", "to": "pod/app/two", "port": 8080, "ttl": 1}},
            ("ttl", "node/n1", "10.244.1.2"),
            id="a TTL of one",
        ),
    ],
)
def test_the_packet_decides(scene: dict[str, Any], right: tuple[str, str, str]) -> None:
    assert solution(scene) == right


@pytest.mark.parametrize(
    ("wrong", "fraction"),
    [
        pytest.param({}, Fraction(1), id="all right"),
        pytest.param({"fate": "delivered"}, Fraction(2, 3), id="one wrong"),
        pytest.param({"fate": "policy", "place": "node/n2"}, Fraction(1, 3), id="two wrong"),
        pytest.param({"fate": "ttl", "place": "node/n1", "source": "10.244.1.1"}, Fraction(0), id="all wrong"),
    ],
)
def test_each_part_earns_its_share(wrong: dict[str, str], fraction: Fraction) -> None:
    assert result(RIGHT | wrong).fraction == fraction


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param("10.244.1.1", "cni0 does not masquerade.", id="a mistake that the author names"),
        pytest.param("10.244.2.2", "That is the address of eth0 of app/two.", id="an address in the picture"),
        pytest.param("192.0.2.1", "Nothing translates between Pods.", id="any other"),
    ],
)
def test_a_wrong_source_is_explained(typed: str, words: str) -> None:
    assert result(RIGHT | {"source": typed}).outcomes[2].explanation.startswith(words)


def test_distractors_are_wrong_in_every_part() -> None:
    facts = PREDICT.facts(spec(), {}, engine(spec()))
    wrong = list(PREDICT.distractors(spec(), facts))
    assert {each["fate"] for each in wrong} == set(FATES) - {"closed-port"}
    assert {PREDICT.grade(spec(), each, facts).fraction for each in wrong} == {0}


@pytest.mark.parametrize(
    ("response", "error", "message"),
    [
        pytest.param({"fate": "policy"}, IncompleteAnswerError, "Where does its way end", id="two parts missing"),
        pytest.param(RIGHT | {"source": "10.244.1.2:80"}, InvalidAnswerError, "has a port", id="an address with port"),
    ],
)
def test_what_cannot_be_graded_yet_is_said(response: dict[str, str], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        PREDICT.check(spec(), response)


def test_a_machine_of_another_picture_is_refused() -> None:
    with pytest.raises(InvalidAnswerError, match="not in the picture"):
        PREDICT.check_in_cluster(spec(), RIGHT | {"place": "pod/app/nine"}, engine(spec()).scenario)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param({"parts": {"fate": "x"}}, "at least 2", id="one part"),
        pytest.param({"parts": {"fate": "x", "color": "y"}}, "color", id="an unknown part"),
        pytest.param({"parts": {"fate": "x", "place": "y"}}, "source is not asked", id="a mistake in no part"),
        pytest.param(
            {"mistakes": [{"part": "fate", "value": "eaten", "explanation": "x"}]}, "none of", id="an unknown fate"
        ),
        pytest.param(
            {"mistakes": [{"part": "source", "value": "n1", "explanation": "x"}]}, "not an IP", id="no address"
        ),
    ],
)
def test_a_specification_that_cannot_work_is_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(**keys)


def test_a_mistake_that_is_right_is_refused() -> None:
    question = spec(mistakes=[{"part": "source", "value": "10.244.1.2", "explanation": "x"}])
    with pytest.raises(UngradableQuestionError, match=r"mistakes\[0\]: is the right answer, 10.244.1.2"):
        result({}, question)


def test_a_place_that_the_picture_does_not_show_is_refused() -> None:
    facts = PREDICT.facts(spec(), {}, engine(spec()))
    with pytest.raises(UngradableQuestionError, match="pod/app/two, which is not in the picture"):
        PREDICT.grade(spec(), {}, {**facts, "places": ["node/n1"]})


def test_every_disposition_has_a_fate() -> None:
    assert set(DISPOSITIONS.values()) | {"policy", "rule", "check"} == set(FATES)
