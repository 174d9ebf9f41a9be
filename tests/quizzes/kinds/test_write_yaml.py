"""YAML is graded by what it does: every right answer counts, and what is wrong is named."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from lessons.runs import behavior
from quizzes.errors import InvalidAnswerError, InvalidSpecError, UngradableQuestionError
from quizzes.kinds import KINDS, parse_spec
from quizzes.kinds.base import Result
from quizzes.kinds.manifest_text import MOST_BYTES
from quizzes.kinds.write_yaml import WriteYamlSpec
from tests.quizzes.every_kind import CALICO, EVERY_KIND, NOBODY, ONLY_EACH_OTHER
from tests.quizzes.kinds.played import engine

WRITE = KINDS["write_yaml"]
DATA = EVERY_KIND["doors"][2]
OTHER_WAY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: isolate, namespace: app}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: let-in, namespace: app}
spec:
  podSelector: {}
  ingress:
    - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: app}}}]
      ports: [{port: 8000, endPort: 9000}]
"""
ONE_ONLY = ONLY_EACH_OTHER.replace("podSelector: {matchLabels: {app: api}}\n", "podSelector: {}\n", 1).replace(
    "from: [{podSelector: {matchLabels: {app: api}}}]", "from: [{ipBlock: {cidr: 10.244.1.3/32}}]"
)


def spec(**keys: Any) -> WriteYamlSpec:
    found = parse_spec("write_yaml", DATA | keys)
    assert isinstance(found, WriteYamlSpec)
    return found


def result(text: str, question: WriteYamlSpec | None = None) -> Result:
    question = question or spec()
    response = {"text": text} if text else {}
    return WRITE.grade(question, response, WRITE.facts(question, response, engine(question)))


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        pytest.param(ONLY_EACH_OTHER, Fraction(1), id="the author's way"),
        pytest.param(OTHER_WAY, Fraction(1), id="another way that does the same"),
        pytest.param("", Fraction(0), id="no answer"),
        pytest.param(NOBODY, Fraction(1, 3), id="three mended, two broken"),
        pytest.param(ONLY_EACH_OTHER.replace("8080", "80"), Fraction(1, 3), id="the Service's port"),
        pytest.param(ONE_ONLY, Fraction(2, 3), id="three mended, one broken"),
        pytest.param(ONLY_EACH_OTHER.replace("app: api}}\n", "app: x}}\n"), Fraction(0), id="selects nobody"),
    ],
)
def test_what_it_does_decides(text: str, fraction: Fraction) -> None:
    assert result(text).fraction == fraction


def test_the_first_wrong_pair_is_named() -> None:
    [first, *_rest] = result(NOBODY).details["wrong"]  # type: ignore[index]
    assert (first["source"], first["destination"], first["problem"]) == ("pod/app/one", "pod/app/two", "now-closed")


def test_a_known_mistake_is_recognized_by_what_it_does() -> None:
    same = NOBODY.replace("name: nobody", "name: other").replace("podSelector: {}", "podSelector: {matchLabels: {}}")
    assert [each.explanation for each in result(same).outcomes if each.chosen] == [DATA["mistakes"][0]["explanation"]]


def test_a_mistake_that_nobody_knows_is_not_taken_for_a_known_one() -> None:
    assert [each for each in result(ONE_ONLY).outcomes if each.chosen] == []


def test_the_matrix_shows_where_it_is_not_as_asked() -> None:
    [table] = result(NOBODY).details["tables"]  # type: ignore[index]
    wrong = [cell for row in table["rows"] for cell in row["cells"] if cell and not cell["right"]]
    assert {(cell["goal"], cell["now"]) for cell in wrong} == {("allowed", "denied")}
    assert len(wrong) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: [1,", "line [12]: not valid YAML", id="no YAML"),
        pytest.param("# words\n", "no object in your answer", id="only a comment"),
        pytest.param("hello", "line 1: must be a mapping", id="only a word"),
        pytest.param(
            ONLY_EACH_OTHER.replace("ingress:", "ingres:"),
            "line 6: spec.ingres: unknown key .did you mean ingress",
            id="a key that nobody knows",
        ),
        pytest.param("apiVersion: v1\nkind: Secret\nmetadata: {name: x}", "line 1: kind Secret", id="another kind"),
        pytest.param(
            f"{NOBODY}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec: {{containers: []}}",
            "line 6: kind Pod cannot be used here. Write NetworkPolicy",
            id="another kind as the second object",
        ),
        pytest.param("x" * (MOST_BYTES + 1), "20001 bytes long; 20000 are allowed", id="too long"),
        pytest.param("[" * 900, "nested deeper", id="too deep"),
        pytest.param("\n---\n".join([NOBODY.replace("nobody", f"n{i}") for i in range(13)]), "13 objects", id="many"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InvalidAnswerError, match=f"(?i){message}"):
        WRITE.check(spec(), {"text": text})


def test_what_the_cluster_refuses_is_no_answer_yet() -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: new, namespace: app}\nspec:\n  clusterIP: 10.96.0.50\n"
    text = f"{service}  selector: {{app: api}}\n  ports: [{{port: 80}}]"
    question = spec(kinds=["Service"], solution=text.replace(".50", ".51"), mistakes=[mistake(text.replace("50", "9"))])
    WRITE.check(question, {"text": text})
    with pytest.raises(InvalidAnswerError, match="10.96.0.50 is already the address of Service app/api"):
        WRITE.check_in_cluster(question, {"text": text}, engine(question).scenario)


def mistake(text: str) -> dict[str, str]:
    return {"manifest": text, "explanation": "No."}


SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: app}
spec:
  selector: {app: api}
  ports: [{port: 80, targetPort: 8080}]"""


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        pytest.param(SERVICE, 1, id="the author's"),
        pytest.param(f"{SERVICE}\n  sessionAffinity: ClientIP", 1, id="with affinity"),
        pytest.param(SERVICE.replace("{app: api}", "{app: nix}"), 0, id="selects nobody"),
        pytest.param(SERVICE.replace("8080", "81"), 0, id="a port where nobody listens"),
    ],
)
def test_a_service_is_judged_by_whom_its_packets_reach(text: str, fraction: int) -> None:
    probe = {"from": "pod/ops/client", "to": "svc/app/web", "port": 80}
    question = spec(
        kinds=["Service"], scene={"probe": probe}, also=[], start="", solution=SERVICE,
        mistakes=[mistake(SERVICE.replace("8080", "81"))],
    )  # fmt: skip
    assert result(text, question).fraction == fraction


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param({"solution": "x: ["}, "solution: Line [12]: not valid YAML", id="a solution that is no YAML"),
        pytest.param({"kinds": ["Service"]}, "solution: Line 1: kind NetworkPolicy", id="of a kind not allowed"),
        pytest.param({"mistakes": [mistake("kind: X")]}, r"mistakes\[0\].manifest: Line 1", id="a mistake"),
        pytest.param({"scene": {"lookup": {"from": "external", "name": "x"}}}, "not by lookup", id="a lookup"),
        pytest.param({"also": [{"command": {"at": "external", "line": "x"}}]}, "also.0.: an answer", id="a command"),
    ],
)
def test_a_specification_that_cannot_work_is_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(**keys)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param(
            {"solution": ONLY_EACH_OTHER.replace("app: api", "app: x")}, "solution: changes nothing", id="nothing"
        ),
        pytest.param(
            {"also": [{"probe": {"from": "pod/ops/client", "to": "svc/app/nix", "port": 80}}]},
            "impossible: no Service app/nix",
            id="a Service that even the solution does not make",
        ),
    ],
)
def test_a_goal_that_cannot_be_measured_is_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(UngradableQuestionError, match=message):
        result("", spec(**keys))


def test_what_the_question_starts_with_is_no_answer() -> None:
    assert WRITE.read(spec(), {"q": [f"{DATA['start']}\r\n"]}, "q", "seed") == {}


def test_lines_of_a_browser_are_ours() -> None:
    assert WRITE.read(spec(), {"q": ["a:\r\n  b\r\n"]}, "q", "seed") == {"text": "a:\n  b"}


def test_the_packet_of_a_cell_meets_the_learners_objects() -> None:
    scenario = WRITE.watched(spec(), {"text": NOBODY}, engine(spec()), 1)
    assert scenario is not None
    assert scenario.changes == (CALICO, NOBODY)
    assert scenario.action.spec.destination == "pod/app/two"
    assert WRITE.watched(spec(), {"text": NOBODY}, engine(spec()), 7) is None


def test_a_cluster_is_simulated_once_however_many_answers_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    question = spec()
    tried = engine(question)
    before = WRITE.facts(question, {"text": question.solution}, tried)
    monkeypatch.setattr(behavior, "cells", lambda *_: pytest.fail("simulated again"))
    again = WRITE.facts(question, {"text": question.mistakes[0].manifest}, tried)
    assert (again["goal"], again["now"]) == (before["goal"], before["mistakes"][0])
