"""Which questions an attempt is asked, in which order: its seed decides, and a retry is asked others first."""

from __future__ import annotations

from typing import Any

import pytest

from lessons.models import Learner
from quizzes import seeds
from quizzes.attempts import taking
from quizzes.attempts.history import overview
from quizzes.models import Pool, Question, Quiz
from quizzes.questions import drawing
from quizzes.questions.checking import quiz_problems
from tests.quizzes.factories import SPECS, make_attempt, make_policy, make_quiz, submit

pytestmark = pytest.mark.django_db
SEED = "ab" * 12 + "00000000"


@pytest.fixture
def quiz() -> Quiz:
    """One question that is always asked, and five of the first objective, of which an attempt is asked two."""
    quiz = make_quiz(slugs=("true",))
    add(quiz, 5)
    Pool.objects.create(quiz=quiz, objective=1, pick=2)
    return quiz


def add(quiz: Quiz, count: int, **values: Any) -> None:
    kind, points, spec = SPECS["source"]
    defaults = {"kind": kind, "points": points, "spec": spec, "objective": 1}
    for number in range(count):
        Question.objects.create(quiz=quiz, slug=f"drawn-{number}", position=10 + number, **(defaults | values))


def asked(quiz: Quiz, seed: str, *, shuffle: bool = False) -> list[str]:
    return [each.question.slug for each in drawing.draw(quiz, seed, shuffle=shuffle)]


def drawn(quiz: Quiz, seed: str) -> list[str]:
    return [slug for slug in asked(quiz, seed) if slug != "true"]


def test_a_pool_gives_as_many_as_it_picks_and_the_others_are_always_asked(quiz: Quiz) -> None:
    assert (asked(quiz, SEED)[0], len(drawn(quiz, SEED))) == ("true", 2)


def test_the_seed_alone_decides(quiz: Quiz) -> None:
    assert asked(quiz, SEED) == asked(quiz, SEED)
    assert len({tuple(sorted(drawn(quiz, seeds.new_seed()))) for _ in range(20)}) > 1


def test_a_retry_is_asked_others_until_all_were_asked(quiz: Quiz) -> None:
    series = [SEED]
    for _ in range(4):
        series.append(seeds.next_seed(series[-1]))
    turns = [slug for seed in series for slug in drawn_in_turn(quiz, seed)]
    assert len(set(turns[:5])) == 5
    assert turns[:5] == turns[5:]


def drawn_in_turn(quiz: Quiz, seed: str) -> list[str]:
    fitting = list(quiz.questions.filter(objective=1))
    return [each.question.slug for each in drawing.draw_from(fitting, 2, seed, 0)]


def test_who_meets_a_question_of_a_pool_again_meets_its_next_variant(quiz: Quiz) -> None:
    first = drawing.draw(quiz, SEED, shuffle=False)
    later = drawing.draw(quiz, seeds.with_count(SEED, 5), shuffle=False)
    laps = [seeds.count_of(each.seed) for draws in (first, later) for each in draws if each.question.objective]
    assert laps == [0, 0, 2, 2]


def test_shuffled_questions_are_the_same_ones_in_an_order_of_the_seeds(quiz: Quiz) -> None:
    orders = {tuple(asked(quiz, seeds.with_count(SEED, count * 5), shuffle=True)) for count in range(12)}
    assert len(orders) > 1
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(asked(quiz, SEED)))}


@pytest.mark.parametrize("shuffled", [False, True], ids=["as the author has them", "shuffled"])
def test_the_policy_says_whether_questions_are_shuffled(shuffled: bool) -> None:
    quiz = make_quiz(slugs=("sees", "true", "source"), policy=make_policy(shuffle_questions=shuffled))
    attempts = [taking.start(quiz, Learner.objects.create(), seed=f"{number:024x}00000000") for number in range(9)]
    asked = {tuple(attempt.answers.values_list("revision__slug", flat=True)) for attempt in attempts}
    assert (len(asked) > 1) == shuffled


def test_an_attempt_asks_what_its_seed_draws(quiz: Quiz) -> None:
    quiz.policy = make_policy(shuffle_questions=True)
    quiz.save()
    attempt = make_attempt(quiz)
    slugs = list(attempt.answers.values_list("revision__slug", flat=True))
    assert slugs == asked(quiz, attempt.seed, shuffle=True)


def test_two_attempts_of_a_learner_share_no_question_that_both_need_not(quiz: Quiz) -> None:
    learner = Learner.objects.create()
    first, second = make_attempt(quiz, learner), None
    submit(first, {})
    second = make_attempt(quiz, learner)
    slugs = [set(attempt.answers.values_list("revision__slug", flat=True)) for attempt in (first, second)]
    assert slugs[0] & slugs[1] == {"true"}


def test_a_question_belongs_to_the_first_pool_that_it_fits(quiz: Quiz) -> None:
    pools = [Pool(objective=1, difficulty=3, pick=1), Pool(objective=1, pick=1), Pool(objective=2, pick=1)]
    questions = [Question(objective=1, difficulty=3), Question(objective=1, difficulty=2), Question(difficulty=2)]
    always, members = drawing.divided(questions, pools)
    assert (always, members) == ([questions[2]], [[questions[0]], [questions[1]], []])


def test_the_overview_counts_what_is_drawn(quiz: Quiz) -> None:
    state = overview(quiz, None)
    assert (state.question_count, state.max_score) == (3, 4)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        pytest.param({"pick": 6}, "Pool 1 picks 6 questions, but only 5 fit it", id="too few"),
        pytest.param({"objective": None}, "Pool 1 draws from questions worth 1 and 2 points", id="unequal points"),
    ],
)
def test_a_pool_that_is_unfair_keeps_a_quiz_from_being_published(
    values: dict[str, Any], problem: str, quiz: Quiz
) -> None:
    Pool.objects.update(**values)
    assert [found for found in quiz_problems(quiz) if problem in found]
