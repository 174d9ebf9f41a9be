"""What a made-up learner answers: the solution, or one of the mistakes that the question itself expects; and what it
is worth, as the grader says."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any

from quizzes.demo.people import Person, chance
from quizzes.grading.scoring import AnsweredQuestion, grade_one
from quizzes.kinds import Response
from quizzes.models import QuestionRevision, Quiz
from quizzes.questions import drawing
from quizzes.questions.revisions import revision_of, revision_scenario
from quizzes.questions.specifications import engine_of, facts_of, kind_of, specification
from quizzes.simulation.engine import Engine

MOST_MISTAKES = 4
UNANSWERED = 0.03
SECONDS = 45.0  # that an answer takes in the middle


@dataclass(frozen=True, slots=True)
class Item:
    """A question in one variant. `responses` are the solution, then mistakes, then none at all; `results` what grading
    found for those that somebody gave. `difficulty` and `sharpness` as people.chance takes them; `lures` how strongly
    each mistake draws."""

    revision: QuestionRevision
    engine: Engine | None
    responses: tuple[Response, ...]
    difficulty: float
    sharpness: float
    lures: tuple[float, ...]
    results: dict[int, dict[str, Any]] = field(default_factory=dict)

    def result(self, choice: int) -> dict[str, Any]:
        """The mark's document for the response with this index. The engine is asked when it is given first."""
        if choice not in self.results:
            revision, response = self.revision, self.responses[choice]
            kind, spec = kind_of(revision), specification(revision)
            facts = facts_of(kind, spec, response, self.engine)
            answered = AnsweredQuestion(revision.slug, revision.kind, revision.points, spec, response, facts)
            self.results[choice] = grade_one(answered)
        return self.results[choice]


@dataclass(slots=True)
class Items:
    """Each question is looked at once, because its facts come from the engine; so is what each seed draws."""

    seed: int
    known: dict[int, Item] = field(default_factory=dict)
    drawn: dict[tuple[int, str], tuple[Item, ...]] = field(default_factory=dict)

    def of(self, quiz: Quiz, seed: str, *, shuffle: bool) -> tuple[Item, ...]:
        """The questions that an attempt with this seed is asked, in their order."""
        if (quiz.pk, seed) not in self.drawn:
            questions = drawing.draw(quiz, seed, shuffle=shuffle)
            self.drawn[quiz.pk, seed] = tuple(self.item(revision_of(each.question, each.seed)) for each in questions)
        return self.drawn[quiz.pk, seed]

    def item(self, revision: QuestionRevision) -> Item:
        if revision.pk not in self.known:
            self.known[revision.pk] = self.make(revision)
        return self.known[revision.pk]

    def make(self, revision: QuestionRevision) -> Item:
        kind, spec = kind_of(revision), specification(revision)
        engine = engine_of(revision_scenario(revision))
        facts = facts_of(kind, spec, {}, engine)
        mistakes = tuple(islice(kind.distractors(spec, facts), MOST_MISTAKES))
        nature = Random(f"{self.seed}/{revision.slug}")  # noqa: S311
        difficulty, sharpness = nature.gauss(-0.6, 0.8), nature.choice((0.1, 0.8, 1.0, 1.4, 2.0))
        index = (revision.variant or {}).get("index", 0)
        return Item(
            revision=revision,
            engine=engine,
            responses=(kind.solution(spec, facts), *mistakes, {}),
            difficulty=difficulty + (1.4 if index == 1 and nature.random() < 0.25 else 0.0),
            sharpness=sharpness,
            lures=tuple(nature.random() + 0.05 for _ in mistakes),
        )


def respond(who: Person, item: Item, gained: float, random: Random) -> int:
    """The index of the response. `gained` is what practice added to the ability."""
    nothing = len(item.responses) - 1
    if random.random() < UNANSWERED:
        return nothing
    if random.random() < chance(who.ability + gained, item.difficulty, item.sharpness):
        return 0
    return random.choices(range(1, nothing), item.lures)[0] if item.lures else nothing


def seconds(who: Person, item: Item, random: Random) -> float:
    return SECONDS * who.pace * (1.5**item.difficulty) * random.lognormvariate(0, 0.4)
