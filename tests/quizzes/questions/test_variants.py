"""Variants: parameters in every place, each variant a question of its own, another one for each attempt."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.test import Client

import netsim
from lessons.models import Learner
from quizzes.attempts import taking
from quizzes.errors import InvalidSpecError
from quizzes.grading import grader
from quizzes.models import Attempt, Question, QuestionRevision, Quiz
from quizzes.questions import yaml_text
from quizzes.questions.checking import check, problem_of
from quizzes.questions.variants import bind, choose, count, parse_variants
from quizzes.seeds import new_seed, next_seed
from tests.lessons.factories import make_instructor
from tests.quizzes.factories import SPECS, make_attempt, make_quiz, submit

ADDRESSES = {"one": "10.244.1.3", "two": "10.244.2.2"}
SPEC: dict[str, Any] = {
    "prompt": "The server of [[pod]] listens on [[port]]. Which destination does the packet to [[pod]] have?",
    "explanation": "Its own.",
    "scene": {"probe": {"from": "pod/ops/client", "to": "pod/app/[[pod]]", "port": "[[port]]"}},
    "answer": {"path": "seen_by_server.destination_ip"},
    "mistakes": [{"value": "[[other]]", "explanation": "That is not [[pod]]."}],
    "variants": [
        {"pod": "one", "port": 8080, "other": "10.0.0.1"},
        {"pod": "two", "port": 8080, "other": "10.0.0.2"},
        {"pod": "two", "port": 8080, "other": "10.0.0.3"},
    ],
}


def changed(**keys: Any) -> dict[str, Any]:
    return SPEC | keys


@pytest.mark.parametrize(
    ("value", "bound"),
    [
        pytest.param("to [[pod]]", "to one", id="inside a text"),
        pytest.param("[[port]]", 8080, id="a number alone stays a number"),
        pytest.param("port [[port]]", "port 8080", id="a number inside a text"),
        pytest.param({"to.[[pod]]": ["[[pod]]", 5]}, {"to.one": ["one", 5]}, id="keys and lists"),
        pytest.param("[[ -f x ]]", "[[ -f x ]]", id="brackets of a shell"),
    ],
)
def test_parameters_replace_their_places(value: Any, bound: Any) -> None:
    assert bind(value, {"pod": "one", "port": 8080}) == bound


def test_every_variant_is_a_complete_question() -> None:
    variants = parse_variants("ip_address", SPEC)
    assert [variant.spec.scene.probe.destination for variant in variants if variant.spec.scene] == [
        "pod/app/one",
        "pod/app/two",
        "pod/app/two",
    ]
    assert "variants" not in variants[0].data


def test_a_question_without_variants_is_one_without_a_name() -> None:
    [variant] = parse_variants("ip_address", {"prompt": "?", "explanation": "x", "answer": {"value": "10.0.0.1"}})
    assert (variant.name, variant.document()) == ("", None)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param({"variants": "all"}, "variants: must be a list of 2 to 12", id="no list"),
        pytest.param({"variants": SPEC["variants"][:1]}, "variants: must be a list of 2 to 12", id="one only"),
        pytest.param({"variants": ["x", "y"]}, r"variants\[0\]: must be a mapping", id="no mapping"),
        pytest.param({"variants": [{"Pod": "a"}, {"Pod": "b"}]}, "'Pod' is no name", id="upper case"),
        pytest.param({"variants": [{"pod": ["a"]}, {"pod": "b"}]}, r"variants\[0\].pod: must be text", id="a list"),
        pytest.param(
            {"variants": [SPEC["variants"][0], {"pod": "two"}]},
            r"variants\[1\]: must have the same names as the first: pod, port, other",
            id="other names",
        ),
        pytest.param(
            {"variants": [SPEC["variants"][0]] * 2}, r"variants\[1\]: is the same as variants\[0\]", id="twice the same"
        ),
        pytest.param(
            {"prompt": "[[node]]?"}, "prompt: [[node]] is no parameter; there are other, pod, port", id="unknown"
        ),
        pytest.param({"mistakes": []}, r"variants\[0\].other: [[other]] stands nowhere in the question", id="not used"),
        pytest.param(
            {"answer": {"value": "[[other]]"}, "variants": [{**v, "other": v["pod"]} for v in SPEC["variants"][:2]]},
            "answer.value: is not an IP address: “one” is not an IP address.*in variant 1",
            id="wrong in each variant, and said for each",
        ),
        pytest.param(
            {"variants": [SPEC["variants"][0], {**SPEC["variants"][1], "other": "x"}]},
            r"mistakes\[0\].value: is not an IP address.*in variant 2 \(pod: two, port: 8080, other: x\)",
            id="wrong in one variant",
        ),
    ],
)
def test_variants_that_cannot_work_are_refused_with_key_and_variant(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message.replace("[[", r"\[\[").replace("]]", r"\]\]")):
        parse_variants("ip_address", changed(**keys))


CROSSED = {key: value for key, value in SPEC.items() if key not in ("variants", "mistakes")} | {
    "vary": {"pod": ["one", "two"], "port": [8080, 81, 82]},
    "answer": {"path": "request.hops.0.packet.ip.destination"},
}


def test_every_combination_of_crossed_values_is_a_variant() -> None:
    variants = parse_variants("ip_address", CROSSED)
    assert [(each.parameters["pod"], each.parameters["port"]) for each in variants] == [
        ("one", 8080), ("one", 81), ("one", 82), ("two", 8080), ("two", 81), ("two", 82),
    ]  # fmt: skip
    assert "vary" not in variants[0].data


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param({"vary": []}, "vary: must be a mapping of parameters to lists", id="no mapping"),
        pytest.param({"vary": {"pod": "one"}}, "vary.pod: must be a list of values", id="no list"),
        pytest.param({"vary": {"pod": ["one"], "port": [80]}}, "vary: makes 1 variants; 2 to 36", id="one only"),
        pytest.param({"vary": {"pod": ["a"] * 10, "port": [1, 2, 3, 4]}}, "vary: makes 40 variants", id="too many"),
        pytest.param({"vary": {"pod": ["one", ["x"]], "port": [80]}}, "vary.pod: must be text or a number", id="value"),
        pytest.param({"vary": {"pod": ["one", "one"], "port": [80]}}, "vary: is the same as", id="twice the same"),
        pytest.param({"variants": SPEC["variants"]}, "give either variants or vary", id="both"),
    ],
)
def test_crossed_values_that_cannot_work_are_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        parse_variants("ip_address", CROSSED | keys)


def test_the_check_names_the_combination_that_fails(quiz: Quiz) -> None:
    mistakes = [{"value": ADDRESSES["two"], "explanation": "No."}]
    with pytest.raises(
        InvalidSpecError, match=r"variant 4 \(pod: two, port: 8080\): mistakes\[0\]: is the right answer"
    ):
        check("ip_address", CROSSED | {"mistakes": mistakes}, quiz.lesson)


def test_a_place_in_a_question_without_variants_is_refused() -> None:
    with pytest.raises(InvalidSpecError, match="the question has no variants"):
        parse_variants("ip_address", {"prompt": "[[pod]]?", "explanation": "x", "answer": {"value": "10.0.0.1"}})


@pytest.mark.parametrize(
    ("data", "variants"),
    [
        pytest.param({"prompt": "?"}, 1, id="none"),
        pytest.param({"variants": [{"pod": "a"}, {"pod": "b"}, {"pod": "c"}]}, 3, id="listed"),
        pytest.param({"vary": {"pod": ["a", "b"], "port": [80, 81, 82]}}, 6, id="combinations"),
        pytest.param({"vary": ["a", "b"]}, 1, id="unreadable"),
    ],
)
def test_variants_are_counted_without_reading_the_question(data: dict[str, Any], variants: int) -> None:
    assert count(data) == variants


def test_the_seed_alone_decides_the_variant() -> None:
    variants = parse_variants("ip_address", SPEC)
    for _ in range(10):
        seed = new_seed()
        assert choose(variants, seed, "q") == choose(variants, seed, "q")


def test_attempts_in_a_row_meet_every_variant_before_one_comes_again() -> None:
    variants = parse_variants("ip_address", SPEC)
    for _ in range(20):
        seeds = [new_seed()]
        for _ in range(5):
            seeds.append(next_seed(seeds[-1]))
        indexes = [choose(variants, seed, "q").index for seed in seeds]
        assert sorted(indexes[:3]) == sorted(indexes[3:]) == [0, 1, 2]


def test_different_learners_meet_different_variants_first() -> None:
    variants = parse_variants("ip_address", SPEC)
    assert {choose(variants, new_seed(), "q").index for _ in range(60)} == {0, 1, 2}


def test_the_count_of_a_seed_starts_again_at_its_end() -> None:
    assert next_seed("ab" * 12 + "ffffffff") == "ab" * 12 + "00000000"


@pytest.fixture
def quiz(db: None) -> Quiz:
    quiz = make_quiz(slugs=())
    Question.objects.create(quiz=quiz, slug="varied", position=1, kind="ip_address", points=1, spec=SPEC)
    return quiz


def asked(attempt: Attempt) -> QuestionRevision:
    return attempt.answers.get().revision


def test_an_attempt_keeps_its_variant(quiz: Quiz) -> None:
    attempt = make_attempt(quiz)
    revision = asked(attempt)
    assert (len(attempt.seed), len(revision.digest), attempt.engine_version) == (32, 64, netsim.ENGINE_VERSION)
    assert revision.variant["parameters"] == SPEC["variants"][revision.variant["index"]]
    assert revision.variant["parameters"]["pod"] in revision.spec["prompt"]


def test_a_retry_asks_another_variant(quiz: Quiz) -> None:
    learner = Learner.objects.create()
    met = []
    for _ in range(3):
        attempt = make_attempt(quiz, learner)
        met.append(asked(attempt).variant["index"])
        submit(attempt, {})
    assert sorted(met) == [0, 1, 2]
    first, second, _ = Attempt.objects.order_by("number").values_list("seed", flat=True)
    assert second == next_seed(first)


def test_a_variant_is_graded_as_it_was_asked(quiz: Quiz) -> None:
    attempt = make_attempt(quiz)
    pod = asked(attempt).variant["parameters"]["pod"]
    Question.objects.update(spec=changed(prompt="Something about [[pod]] and [[port]] else?"))
    submit(attempt, {"varied": [ADDRESSES[pod]], "varied.version": ["0"]})
    assert grader.perform(attempt.pk)
    [result] = [mark.result for mark in attempt.grades.get().marks.all()]
    assert (result["earned"], pod in result["prompt"]) == ("1.00", True)


def test_equal_variants_are_one_revision(quiz: Quiz) -> None:
    for _ in range(12):
        make_attempt(quiz)
    assert QuestionRevision.objects.count() <= 3


def test_a_question_without_variants_keeps_its_digest(db: None) -> None:
    attempt = make_attempt(make_quiz(slugs=("true",)))
    revision = asked(attempt)
    assert revision.variant is None
    kind, points, spec = SPECS["true"]
    before_variants = json.dumps({"kind": kind, "points": points, "scenario": None, "spec": spec}, sort_keys=True)
    assert revision.digest == hashlib.sha256(before_variants.encode()).hexdigest()


def test_the_check_names_the_variant_whose_mistake_is_right(quiz: Quiz) -> None:
    Question.objects.update(
        spec=changed(variants=[SPEC["variants"][0], {**SPEC["variants"][1], "other": ADDRESSES["two"]}])
    )
    problem = problem_of(Question.objects.get())
    assert (
        problem == "variant 2 (pod: two, port: 8080, other: 10.244.2.2): mistakes[0]: is the right answer, 10.244.2.2"
    )


def test_every_variant_that_holds_is_accepted(quiz: Quiz) -> None:
    check("ip_address", SPEC, quiz.lesson)


def test_the_preview_shows_every_variant_under_a_name_of_its_own(quiz: Quiz) -> None:
    client = Client()
    client.force_login(make_instructor())
    page = client.get(f"/admin/quizzes/question/{Question.objects.get().pk}/preview/").text
    assert "This question has 3 variants." in page
    assert page.count("Variant 2 (pod: two, port: 8080, other: 10.0.0.2)") == 2
    for number, pod in enumerate(("one", "two", "two"), start=1):
        assert f'id="question-varied-{number}"' in page
        assert f"The server of {pod} listens on 8080." in page


def test_a_refused_variant_is_named_in_the_admin_with_its_line(quiz: Quiz) -> None:
    client = Client()
    client.force_login(make_instructor())
    question = Question.objects.get()
    form = {name: getattr(question, name) for name in ("slug", "kind", "points", "position", "difficulty")}
    text = yaml_text.dump(changed(variants=[SPEC["variants"][0], SPEC["variants"][1] | {"other": "x"}]))
    page = client.post(
        f"/admin/quizzes/question/{question.pk}/change/", form | {"quiz": quiz.pk, "spec": text}
    ).content.decode()
    line = 1 + text.splitlines().index("- value: '[[other]]'")
    assert f"Line {line}, mistakes[0].value: is not an IP address" in page
    assert "in variant 2 (pod: two, port: 8080, other: x)" in page


def test_the_admin_tells_which_variant_an_attempt_was_asked(quiz: Quiz) -> None:
    attempt = make_attempt(quiz)
    client = Client()
    client.force_login(make_instructor())
    page = client.get(f"/admin/quizzes/attempt/{attempt.pk}/change/").text
    number = asked(attempt).variant["index"]
    assert f"variant {number + 1} (pod: {SPEC['variants'][number]['pod']}, " in page


def test_a_draft_is_kept_in_its_variant(quiz: Quiz) -> None:
    attempt = make_attempt(quiz)
    [draft] = taking.drafts_of(attempt)
    assert draft.answer.revision == asked(attempt)
