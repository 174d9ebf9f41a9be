"""What a made-up learner answers: the solution, or one of the mistakes that the question itself expects."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from random import Random

from quizzes.demo.people import Person, chance
from quizzes.kinds import Response
from quizzes.models import QuestionRevision
from quizzes.questions.revisions import revision_scenario
from quizzes.questions.specifications import engine_of, facts_of, kind_of, specification

MOST_MISTAKES = 4
UNANSWERED = 0.03
SECONDS = 45.0  # that an answer takes in the middle


@dataclass(frozen=True, slots=True)
class Item:
    """A question in one variant. `difficulty` and `sharpness` as people.chance takes them; `lures` how strongly each
    mistake draws."""

    solution: Response
    mistakes: tuple[Response, ...]
    difficulty: float
    sharpness: float
    lures: tuple[float, ...]


@dataclass(slots=True)
class Items:
    """Each question is looked at once, because its facts come from the engine."""

    seed: int
    known: dict[int, Item] = field(default_factory=dict)

    def of(self, revision: QuestionRevision) -> Item:
        if revision.pk not in self.known:
            self.known[revision.pk] = self.make(revision)
        return self.known[revision.pk]

    def make(self, revision: QuestionRevision) -> Item:
        kind, spec = kind_of(revision), specification(revision)
        facts = facts_of(kind, spec, {}, engine_of(revision_scenario(revision)))
        mistakes = tuple(islice(kind.distractors(spec, facts), MOST_MISTAKES))
        nature = Random(f"{self.seed}/{revision.slug}")  # noqa: S311
        difficulty, sharpness = nature.gauss(-0.6, 0.8), nature.choice((0.1, 0.8, 1.0, 1.4, 2.0))
        index = (revision.variant or {}).get("index", 0)
        return Item(
            solution=kind.solution(spec, facts),
            mistakes=mistakes,
            difficulty=difficulty + (1.4 if index == 1 and nature.random() < 0.25 else 0.0),
            sharpness=sharpness,
            lures=tuple(nature.random() + 0.05 for _ in mistakes),
        )


def respond(who: Person, item: Item, gained: float, random: Random) -> Response:
    """`gained` is what practice added to the ability. {} for no answer."""
    if random.random() < UNANSWERED:
        return {}
    if random.random() < chance(who.ability + gained, item.difficulty, item.sharpness):
        return item.solution
    return random.choices(item.mistakes, item.lures)[0] if item.mistakes else {}


def seconds(who: Person, item: Item, random: Random) -> float:
    return SECONDS * who.pace * (1.5**item.difficulty) * random.lognormvariate(0, 0.4)
