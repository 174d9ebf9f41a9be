"""Questions take their facts from whatever an action on the scene finds, and are refused when those do not fit."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from lessons.models import Lesson
from quizzes.errors import InvalidSpecError, UngradableQuestionError
from quizzes.kinds import parse_spec
from quizzes.kinds.base import Result
from quizzes.kinds.multiple_choice import MultipleChoice
from quizzes.kinds.write_yaml import WriteYaml
from quizzes.questions.checking import check, require_that_it_grades
from quizzes.questions.specifications import exchange_of, scenario_for
from tests.lessons.factories import make_experiment, make_lesson
from tests.quizzes.every_kind import EVERY_KIND, NOBODY, ONLY_EACH_OTHER

pytestmark = pytest.mark.django_db
CLIENT = "pod/ops/client"
WAY = {"from": CLIENT, "to": "svc/app/api", "port": 80}
CONFLIST = '{"cniVersion": "1.0.0", "name": "net", "plugins": [{"type": "loopback"}]}'
FACTS: dict[str, tuple[dict[str, Any], str, Any]] = {
    "probe": ({"probe": {"from": CLIENT, "to": "pod/app/two", "port": 8080}}, "seen_by_server.ttl", 62),
    "request": ({"request": {"from": CLIENT, "url": "http://10.244.2.2:8080/"}}, "status", 200),
    "lookup": ({"lookup": {"from": CLIENT, "name": "api.app", "types": ["A"]}}, "query_count", 2),
    "reach": ({"reach": {"port": 8080}}, "allowed_pairs", 6),
    "command": ({"command": {"at": CLIENT, "line": "ping -c 1 10.96.0.50"}}, "exit_code", 1),
    "cni": (
        {"cni": {"conflist": CONFLIST, "commands": ["ADD"]}},
        "runs.0.invocations.0.stdout.interfaces.0.name",
        "lo",
    ),
    "fault": ({"probe": WAY, "faults": ["target-port-mismatch"]}, "client_sees", "refused"),
}


@pytest.fixture
def lesson() -> Lesson:
    return make_experiment(make_lesson()).lesson


def question_about(scene: dict[str, Any], path: str, mistake: Any) -> dict[str, Any]:
    blank = {"path": path, "explanation": "x", "mistakes": [{"value": mistake, "explanation": "y"}]}
    return {"prompt": "?", "scene": scene, "text": "{{value}}", "blanks": {"value": blank}}


@pytest.mark.parametrize("action", FACTS)
def test_an_answer_is_read_from_what_each_action_finds(action: str, lesson: Lesson) -> None:
    scene, path, value = FACTS[action]
    check("fill", question_about(scene, path, "nonsense"), lesson)
    with pytest.raises(InvalidSpecError, match=f"is the right answer, {value}"):
        check("fill", question_about(scene, path, value), lesson)


def test_facts_may_be_those_of_an_experiment(lesson: Lesson) -> None:
    spec = {
        "prompt": "?",
        "explanation": "x",
        "experiment": "first",
        "answer": {"path": "request.hops.0.packet.ip.ttl"},
    }
    assert exchange_of(scenario_for(parse_spec("number", spec), lesson))
    check("number", spec | {"mistakes": [{"value": 63, "explanation": "y"}]}, lesson)


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a fault that nobody knows": (
        "fill",
        question_about({"probe": WAY, "faults": ["nothing"]}, "client_sees", "x"),
        "the engine refuses it: .*no such fault",
    ),
    "hops of something that is no packet": (
        "order_hops",
        {
            "prompt": "?",
            "scene": FACTS["lookup"][0],
            "hops": [
                {"node": n, "netns": n, "direction": "in", "label": n, "explanation": "x"} for n in ("n1", "n2", "n3")
            ],
        },
        "hops: only a probe has hops",
    ),
    "a solution with more digits than are shown": (
        "number",
        {"prompt": "?", "explanation": "x", "answer": {"value": "0.33333333333333333"}},
        "the solution as it is shown, “0.3333333333”, does not earn all points",
    ),
}


@pytest.mark.parametrize(("kind", "spec", "message"), REFUSED.values(), ids=REFUSED)
def test_a_question_whose_facts_do_not_fit_is_refused(
    kind: str, spec: dict[str, Any], message: str, lesson: Lesson
) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        check(kind, spec, lesson)


class Careless(WriteYaml):
    """A kind that takes whatever is typed."""

    def check(self, spec: Any, response: Any) -> None:
        """Nothing is refused."""

    def check_in_cluster(self, spec: Any, response: Any, scenario: Any) -> None:
        """Nothing is refused."""


def test_a_kind_that_would_grade_what_is_invalid_is_refused(lesson: Lesson) -> None:
    spec = parse_spec("write_yaml", EVERY_KIND["doors"][2])
    with pytest.raises(UngradableQuestionError, match="an invalid answer would be graded: .*unclosed"):
        require_that_it_grades(Careless(), spec, scenario_for(spec, lesson))


class Generous(MultipleChoice):
    """A kind that gives points away."""

    def grade(self, spec: Any, response: Any, exchange: Any) -> Result:
        found = super().grade(spec, response, exchange)
        return found if self.answered(response) else replace(found, fraction=Fraction(1))


def test_a_kind_that_would_pay_for_no_answer_is_refused() -> None:
    kind, _, data = EVERY_KIND["true"]
    with pytest.raises(UngradableQuestionError, match="no answer at all earns points"):
        require_that_it_grades(Generous(), parse_spec(kind, data), None)


def test_a_mistake_that_earns_everything_is_refused(lesson: Lesson) -> None:
    kind, _, data = EVERY_KIND["doors"]
    same = ONLY_EACH_OTHER.replace("name: each-other", "name: another-name")
    with pytest.raises(InvalidSpecError, match="“NetworkPolicy” is meant to be wrong, but earns all points"):
        check(kind, data | {"mistakes": [{"manifest": same, "explanation": "No."}]}, lesson)


def test_a_mistake_may_earn_a_part_of_the_points(lesson: Lesson) -> None:
    kind, _, data = EVERY_KIND["doors"]
    check(kind, data | {"mistakes": [{"manifest": NOBODY, "explanation": "Partly."}]}, lesson)


def test_a_distractor_that_is_right_in_one_variant_is_refused_with_that_variant(lesson: Lesson) -> None:
    kind, _, data = EVERY_KIND["wrapper"]
    varied = data | {"expect": "[[what]]", "vary": {"what": ["encapsulates", "decapsulates"]}}
    tunnel = {"device": "interface:n2:flannel.1", "explanation": "It unwraps."}
    with pytest.raises(InvalidSpecError, match=r"variant 2 \(what: decapsulates\): devices: .* is right"):
        check(kind, varied | {"devices": [tunnel]}, lesson)
