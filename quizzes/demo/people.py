"""Made-up learners: a name, an ability, and how sure they are of themselves. Only the seed decides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from lessons.models import Confidence

FIRST = (
    "Amira",
    "Ben",
    "Chidi",
    "Dana",
    "Elif",
    "Femi",
    "Grace",
    "Hana",
    "Ivan",
    "Jun",
    "Kofi",
    "Lena",
    "Mateo",
    "Noor",
)
LAST = (
    "Adeyemi",
    "Berg",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ito",
    "Jansen",
    "Kumar",
    "Lopez",
)


@dataclass(frozen=True, slots=True)
class Person:
    """`ability` in standard deviations from the class's mean; `boldness` is added to it when they say how sure they
    are; `pace` multiplies the time that they take; `stops_after` lessons, share of the course, they give up."""

    number: int
    first_name: str
    last_name: str
    ability: float
    boldness: float
    pace: float
    stops_after: float


def people(count: int, seed: int) -> tuple[Person, ...]:
    return tuple(person(number, Random(f"{seed}/person-{number}")) for number in range(1, count + 1))  # noqa: S311


def person(number: int, random: Random) -> Person:
    return Person(
        number=number,
        first_name=random.choice(FIRST),
        last_name=random.choice(LAST),
        ability=random.gauss(0, 1),
        boldness=random.gauss(0.6, 0.6),
        pace=random.lognormvariate(0, 0.3),
        stops_after=1.0 if random.random() < 0.7 else random.random(),
    )


def chance(ability: float, difficulty: float, sharpness: float = 1.0) -> float:
    """Of a right answer: the logistic model with two parameters, see A. Birnbaum in Lord & Novick, "Statistical
    Theories of Mental Test Scores" (1968)."""
    return 1 / (1 + math.exp(-sharpness * (ability - difficulty)))


def confidence(who: Person, difficulty: float) -> Confidence:
    felt = 100 * chance(who.ability + who.boldness, difficulty)
    return min(Confidence, key=lambda level: abs(level - felt))
