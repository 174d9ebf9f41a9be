"""Short texts: matchers in order, the first that fits decides and explains, and no pattern takes long."""

from __future__ import annotations

import time
from typing import Any

import pytest

from quizzes.errors import InvalidSpecError
from quizzes.kinds import KINDS, parse_spec
from quizzes.kinds.short_text import matches

TEXT = KINDS["short_text"]
OTHERWISE = {"otherwise": True, "explanation": "Look at the node."}
PROXY = {"contains": "kube-proxy", "right": True, "explanation": "Yes."}


def spec(*matchers: dict[str, Any]) -> Any:
    return parse_spec("short_text", {"prompt": "Who?", "matchers": list(matchers)})


WHO = spec(
    {"contains": "not kube-proxy", "explanation": "But it is."},
    PROXY,
    {"pattern": r"the\s+kubelets?|node agent", "example": "the kubelet", "explanation": "It starts Pods."},
    {"equals": "CNI", "explanation": "Interfaces and routes only."},
    OTHERWISE,
)


@pytest.mark.parametrize(
    ("typed", "decided", "fraction"),
    [
        pytest.param("kube-proxy", "Yes.", 1, id="contained"),
        pytest.param("It is the Kube-Proxy!", "Yes.", 1, id="in a sentence, other case"),
        pytest.param("not kube-proxy", "But it is.", 0, id="an earlier matcher decides first"),
        pytest.param("The   Kubelets", "It starts Pods.", 0, id="pattern, other case and white space"),
        pytest.param("the kubelet, I think", "Look at the node.", 0, id="a pattern has to fit all of it"),
        pytest.param("cni", "Interfaces and routes only.", 0, id="equal but for the case"),
        pytest.param("the CNI", "Look at the node.", 0, id="not equal"),
    ],
)
def test_the_first_matcher_that_fits_decides(typed: str, decided: str, fraction: int) -> None:
    result = TEXT.grade(WHO, {"text": typed}, None)
    [chosen] = [outcome for outcome in result.outcomes if outcome.chosen]
    assert (chosen.explanation, result.fraction) == (decided, fraction)


def test_what_nobody_thought_of_is_only_explained_to_who_wrote_it() -> None:
    shown = [outcome.explanation for outcome in TEXT.grade(WHO, {"text": "kube-proxy"}, None).outcomes]
    assert shown == ["But it is.", "Yes.", "It starts Pods.", "Interfaces and routes only."]


@pytest.mark.parametrize("typed", ["`a` and `b`", "**bold**", "a ``` b"])
def test_what_was_typed_is_shown_as_it_was_typed(typed: str) -> None:
    answer = TEXT.grade(WHO, {"text": typed}, None).answer
    fence = answer[: len(answer) - len(answer.lstrip("`"))]
    assert answer.removeprefix(fence).removesuffix(fence).strip() == typed
    assert fence not in typed


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"(a|a)*b", r"(.*)*b"])
def test_a_pattern_that_would_backtrack_for_ever_takes_no_time(pattern: str) -> None:
    start = time.perf_counter()
    assert not matches(pattern, "a" * 200)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("matchers", "message"),
    [
        ([PROXY], "matchers: needs at least 2"),
        ([PROXY, {"equals": "x", "explanation": "y"}], r"matchers\[1\]: the last matcher, and only the last"),
        ([OTHERWISE, PROXY, OTHERWISE], r"matchers\[0\]: the last matcher, and only the last"),
        ([{**PROXY, "right": False}, OTHERWISE], "matchers: none has right: true"),
        ([PROXY, {**OTHERWISE, "right": True}], r"matchers\[1\]: what nobody thought of is not right"),
        (
            [{**PROXY, "equals": "x"}, OTHERWISE],
            r"matchers\[0\]: give one of.*given: equals, contains",
        ),
        ([{"right": True, "explanation": "x"}, OTHERWISE], r"matchers\[0\]: give one of.*given: none"),
        ([PROXY, {"pattern": "x", "explanation": "y"}, OTHERWISE], r"matchers\[1\]: a pattern.*has an example"),
        (
            [PROXY, {"pattern": "x(", "example": "x", "explanation": "y"}, OTHERWISE],
            r"matchers\[1\].pattern: is no regular expression: error: unclosed group",
        ),
        (
            [PROXY, {"pattern": "x", "example": "y", "explanation": "z"}, OTHERWISE],
            r"matchers\[1\]: does not decide about “y”: matchers\[2\] does",
        ),
        (
            [PROXY, {"equals": "the kube-proxy", "explanation": "z"}, OTHERWISE],
            r"matchers\[1\]: does not decide about “the kube-proxy”: matchers\[0\] does",
        ),
        ([{**PROXY, "explanation": ""}, OTHERWISE], r"matchers\[0\].explanation"),
    ],
    ids=[
        *("one only", "no otherwise", "otherwise first", "none right", "otherwise is right", "two ways", "no way"),
        *("pattern without example", "broken pattern", "example that does not fit", "never reached", "not explained"),
    ],
)
def test_a_specification_that_cannot_work_is_refused_with_its_key(matchers: list[Any], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        spec(*matchers)
