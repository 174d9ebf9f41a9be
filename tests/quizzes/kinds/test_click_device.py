"""The device that the packet's way makes the right one, whatever it is called in another cluster."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from quizzes.errors import InvalidAnswerError, InvalidSpecError, UngradableQuestionError
from quizzes.kinds import KINDS, parse_spec
from quizzes.kinds.click_device import ELSEWHERE, EXPECTED, LINKS, PASSED, ClickDeviceSpec
from quizzes.kinds.ip_address import address_of
from quizzes.simulation.pictures import device_name, picture_of
from tests.lessons.factories import PROBE
from tests.quizzes.every_kind import CALICO, NOBODY
from tests.quizzes.kinds.played import engine

CLICK = KINDS["click_device"]
CABLES = [
    "wire interface:ops/client:eth0 interface:n1:vethc8cea39e",
    "wire interface:n1:vethc8cea39e interface:n1:cni0",
    "wire interface:n1:eth0 link:underlay:br-underlay",
    "wire interface:n2:eth0 link:underlay:br-underlay",
    "wire interface:n2:veth5d6b8377 interface:n2:cni0",
    "wire interface:app/two:eth0 interface:n2:veth5d6b8377",
]
"""The links that a packet crosses on its way from the client to app/two."""
FAR = {"from": "pod/ops/client", "to": "pod/app/two", "port": 8080}


def spec(**keys: Any) -> ClickDeviceSpec:
    data = {"prompt": "Which?", "explanation": "This one.", "scene": {"probe": FAR}} | keys
    found = parse_spec("click_device", data if "right" in keys else {"expect": "encapsulates"} | data)
    assert isinstance(found, ClickDeviceSpec)
    return found


@cache
def far_facts() -> Any:
    return CLICK.facts(spec(), {}, engine(spec()))


def solution(question: ClickDeviceSpec) -> str:
    return str(CLICK.solution(question, CLICK.facts(question, {}, engine(question)))["device"])


@pytest.mark.parametrize(
    ("keys", "device"),
    [
        pytest.param({"expect": "encapsulates"}, "interface:n1:flannel.1", id="the tunnel of the client's node"),
        pytest.param({"expect": "decapsulates"}, "interface:n2:flannel.1", id="the tunnel of the server's node"),
        pytest.param({"expect": "delivers"}, "process:app/two:", id="the server"),
        pytest.param({"expect": "sends"}, "process:ops/client:", id="the client"),
        pytest.param({"expect": "sends", "leg": "reply"}, "process:app/two:", id="who answers"),
        pytest.param({"expect": "encapsulates", "leg": "reply"}, "interface:n2:flannel.1", id="on the way back"),
        pytest.param(
            {"expect": "changes-destination", "scene": {"probe": PROBE}}, "netfilter:n1:", id="the Service's rules"
        ),
        pytest.param(
            {"expect": "changes-source", "leg": "reply", "scene": {"probe": PROBE}}, "netfilter:n1:", id="and back"
        ),
        pytest.param(
            {
                "expect": "drops",
                "scene": {"changes": f"{CALICO}\n---\n{NOBODY}", "probe": FAR},
            },
            "netfilter:n2:",
            id="where a policy is enforced",
        ),
        pytest.param({"right": ["interface:n1:cni0"]}, "interface:n1:cni0", id="one that is named"),
        pytest.param({"expect": "crosses"}, CABLES[0], id="the first link"),
        pytest.param({"expect": "crosses-wrapped"}, CABLES[2], id="the cable of the client's node"),
        pytest.param({"expect": "crosses-wrapped", "leg": "reply"}, CABLES[3], id="the cable that the answer takes"),
        pytest.param({"expect": "crosses-last"}, CABLES[-1], id="the cable of the server"),
        pytest.param({"right": [CABLES[1]]}, CABLES[1], id="a link that is named"),
    ],
)
def test_the_packets_way_decides(keys: dict[str, Any], device: str) -> None:
    assert solution(spec(**keys)) == device


def test_each_device_that_does_it_counts() -> None:
    question = spec(expect="lowers-ttl")
    facts = far_facts()
    right = [d for d in facts["devices"] if CLICK.grade(question, {"device": d}, facts).fraction == 1]
    assert right == ["routing:n1:", "routing:n2:"]


@pytest.mark.parametrize(
    ("device", "words"),
    [
        pytest.param("interface:n2:flannel.1", PASSED, id="on the way"),
        pytest.param("interface:app/one:eth0", ELSEWHERE, id="not on the way"),
        pytest.param("interface:n1:cni0", "A bridge.", id="with an explanation of its own"),
    ],
)
def test_every_wrong_choice_is_explained(device: str, words: str) -> None:
    question = spec(devices=[{"device": "interface:n1:cni0", "explanation": "A bridge."}])
    result = CLICK.grade(question, {"device": device}, far_facts())
    assert result.fraction == 0
    assert [each.explanation for each in result.outcomes if each.chosen] == [words]


def test_every_other_device_of_the_picture_is_a_distractor() -> None:
    wrong = [response["device"] for response in CLICK.distractors(spec(), far_facts())]
    assert sorted([*wrong, "interface:n1:flannel.1"]) == far_facts()["devices"]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param({"expect": "drops"}, "no stop of the request drops anything", id="nothing is dropped"),
        pytest.param({"right": ["interface:n9:eth0"]}, "the picture has no interface:n9:eth0; it has", id="no device"),
        pytest.param(
            {"devices": [{"device": "interface:n1:flannel.1", "explanation": "x"}]},
            "devices: interface:n1:flannel.1 is right",
            id="a distractor that is right",
        ),
    ],
)
def test_a_question_that_does_not_hold_is_refused(keys: dict[str, Any], message: str) -> None:
    question = spec(**keys)
    with pytest.raises(UngradableQuestionError, match=message):
        CLICK.grade(question, {}, far_facts())


def test_each_link_that_the_packet_crosses_as_asked_counts() -> None:
    for expect, right in {"crosses": CABLES, "crosses-wrapped": CABLES[2:4], "crosses-last": CABLES[-1:]}.items():
        question = spec(expect=expect)
        facts = CLICK.facts(question, {}, engine(question))
        earning = [name for name in facts["devices"] if CLICK.grade(question, {"device": name}, facts).fraction]
        assert sorted(earning) == sorted(right)


def test_a_link_is_no_device_and_a_device_no_link() -> None:
    picture = picture_of(engine(spec()).scenario)
    assert {*CABLES} <= {link.element for link in picture.links}
    assert not any("netfilter" in link.element or "process" in link.element for link in picture.links)
    for question, chosen in ((spec(expect="crosses"), "interface:n1:cni0"), (spec(), CABLES[0])):
        with pytest.raises(InvalidAnswerError, match="not in the picture"):
            CLICK.check_in_cluster(question, {"device": chosen}, engine(question).scenario)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param(
            {"right": [CABLES[0], "interface:n1:cni0"]}, "interface:n1:cni0 is a device", id="a device among links"
        ),
        pytest.param({"devices": [{"device": CABLES[0], "explanation": "x"}]}, "is a link", id="a link among devices"),
        pytest.param({"expect": "sings"}, "expect", id="an unknown word"),
        pytest.param({"expect": "drops", "right": ["interface:n1:cni0"]}, "either expect", id="two judges"),
        pytest.param(
            {"devices": [{"device": "router:router:", "explanation": "x"}] * 2}, "named twice", id="named twice"
        ),
    ],
)
def test_a_specification_that_cannot_work_is_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(**keys)


@pytest.mark.parametrize("value", ["", "x", "interface:n1:cni0 x", "interface:n1:<b>", "i" * 400])
def test_what_is_no_device_is_refused(value: str) -> None:
    form = {"q": [value]}
    if not value:
        assert CLICK.read(spec(), form, "q", "seed") == {}
        return
    with pytest.raises(InvalidAnswerError, match="one part of the picture"):
        CLICK.read(spec(), form, "q", "seed")


def test_a_device_of_another_picture_is_refused() -> None:
    with pytest.raises(InvalidAnswerError, match="not in the picture"):
        CLICK.check_in_cluster(spec(), {"device": "interface:n7:eth0"}, engine(spec()).scenario)


def test_a_picture_has_a_box_for_each_device() -> None:
    picture = picture_of(engine(spec()).scenario)
    assert picture.elements >= {"interface:n1:cni0", "netfilter:n2:", "process:app/two:"}
    assert all(min(device.width, device.height) >= 24 for each in picture.machines for device in each.devices)
    assert {"pod/app/one", "node/n1"} <= set(picture.names)


@pytest.mark.parametrize(
    ("element", "name"),
    [
        pytest.param("interface:n1:cni0", "cni0 of n1", id="a device"),
        pytest.param("netfilter:n1:", "rules of n1", id="a part of the stack"),
        pytest.param("router:router:", "router", id="a machine"),
        pytest.param(CABLES[2], "eth0 of n1 – underlay", id="a link"),
    ],
)
def test_a_device_has_a_name(element: str, name: str) -> None:
    assert device_name(element) == name


@pytest.mark.parametrize(
    ("endpoint", "found"),
    [("10.0.0.1:80", "10.0.0.1"), ("[fd00::1]:80", "fd00::1"), ("fd00::1", "fd00::1"), ("10.0.0.1", "10.0.0.1")],
)
def test_ports_are_no_part_of_an_address(endpoint: str, found: str) -> None:
    assert address_of(endpoint) == found


def test_every_word_that_a_specification_takes_is_known() -> None:
    annotation = ClickDeviceSpec.model_fields["expect"].annotation
    assert {word for each in annotation.__args__ for word in getattr(each, "__args__", ())} == {*EXPECTED, *LINKS}  # type: ignore[union-attr]
