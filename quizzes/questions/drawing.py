"""Which of a quiz's questions an attempt is asked, in which order and in which variants. Only its seed decides.

A question belongs to the first pool that its objective and difficulty fit; one that fits none is always asked. A pool
is gone through in an order of the learner's own, `pick` questions an attempt, so that a retry is asked others until
all were asked; who then meets a question again meets its next variant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from django.utils.translation import gettext

from quizzes.models import Question, Quiz
from quizzes.seeds import count_of, shuffled, with_count


class Drawable(Protocol):
    """A question, stored or as its author wrote it."""

    points: int
    objective: int | None
    difficulty: int


class Drawing(Protocol):
    """A pool, stored or as its author wrote it."""

    objective: int | None
    difficulty: int | None
    pick: int


DrawableT = TypeVar("DrawableT", bound=Drawable)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question that is asked; `seed` chooses its variant."""

    question: Question
    seed: str


def draw(quiz: Quiz, seed: str, *, shuffle: bool) -> tuple[Drawn, ...]:
    """In the quiz's order, or with `shuffle` in one of the seed's own."""
    questions = list(quiz.questions.select_related("quiz__lesson__scene"))
    pools = list(quiz.pools.all())
    always, members = divided(questions, pools)
    drawn = [Drawn(question, seed) for question in always]
    for number, (pool, fitting) in enumerate(zip(pools, members, strict=True)):
        drawn += draw_from(fitting, pool.pick, seed, number)
    if shuffle:
        return tuple(drawn[index] for index in shuffled(len(drawn), f"{seed}/order"))
    places = {question.pk: place for place, question in enumerate(questions)}
    return tuple(sorted(drawn, key=lambda each: places[each.question.pk]))


def draw_from(fitting: Sequence[Question], pick: int, seed: str, number: int) -> Iterator[Drawn]:
    """The next ones of the pool with this number in the order of the seed's series."""
    series, count = with_count(seed, 0), count_of(seed)
    order = shuffled(len(fitting), f"{series}/pool-{number}")
    pick = min(pick, len(fitting))
    for turn in range(count * pick, (count + 1) * pick):
        lap, place = divmod(turn, len(fitting))
        yield Drawn(fitting[order[place]], with_count(seed, lap))


def divided(questions: Iterable[DrawableT], pools: Sequence[Drawing]) -> tuple[list[DrawableT], list[list[DrawableT]]]:
    """The questions that are always asked, and for each pool those that it draws from."""
    always: list[DrawableT] = []
    members: list[list[DrawableT]] = [[] for _ in pools]
    for question in questions:
        fitting = (number for number, pool in enumerate(pools) if fits(question, pool))
        number = next(fitting, None)
        (always if number is None else members[number]).append(question)
    return always, members


def fits(question: Drawable, pool: Drawing) -> bool:
    return pool.objective in (None, question.objective) and pool.difficulty in (None, question.difficulty)


def size(questions: Iterable[Drawable], pools: Sequence[Drawing]) -> tuple[int, int]:
    """How many questions an attempt has, and how many points; of a pool all are worth the same."""
    always, members = divided(questions, pools)
    count, points = len(always), sum(question.points for question in always)
    for pool, fitting in zip(pools, members, strict=True):
        picked = fitting[: pool.pick]
        count, points = count + len(picked), points + sum(question.points for question in picked)
    return count, points


def problems(questions: Iterable[Drawable], pools: Sequence[Drawing]) -> tuple[str, ...]:
    """Why attempts drawn from these pools would be unfair or impossible; each names its pool by number."""
    _, members = divided(questions, pools)
    numbered = enumerate(zip(pools, members, strict=True), start=1)
    return tuple(problem for number, (pool, fitting) in numbered for problem in pool_problems(number, pool, fitting))


def pool_problems(number: int, pool: Drawing, fitting: Sequence[Drawable]) -> Iterator[str]:
    if pool.pick > len(fitting):
        yield gettext("Pool {number} picks {pick} questions, but only {count} fit it and no pool before it.").format(
            number=number, pick=pool.pick, count=len(fitting)
        )
    points = sorted({question.points for question in fitting})
    if len(points) > 1:
        worth = " and ".join(map(str, points))
        yield gettext("Pool {number} draws from questions worth {worth} points; give all of them the same.").format(
            number=number, worth=worth
        )
