"""Random choices without randomness: a seed decides them, or all of them are taken in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import TypeVar

Result = TypeVar("Result")


class Choices:
    """Answers to "does this random match hold?", decided by a seed. ``probability`` is that of all answers so far."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._asked = 0
        self.probability = 1.0

    def decide(self, probability: float) -> bool:
        """Whether a match of this probability (0 to 1) holds."""
        answer = self._answer(self._asked, probability)
        self._asked += 1
        self.probability *= probability if answer else 1 - probability
        return answer

    def port(self, purpose: str, lowest: int, highest: int) -> int:
        """A port from ``lowest`` to ``highest`` that depends on the seed and the purpose alone."""
        return lowest + int(self._number(purpose) * (highest - lowest + 1))

    def _answer(self, index: int, probability: float) -> bool:
        return self._number(f"match {index}") < probability

    def _number(self, purpose: str) -> float:
        digest = sha256(f"{self._seed}/{purpose}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48


class _Script(Choices):
    """Gives the answers of a list, then only yes; remembers what was asked."""

    def __init__(self, answers: tuple[bool, ...]) -> None:
        super().__init__()
        self._answers = answers
        self.taken: list[bool] = []
        self.certain: list[bool] = []

    def _answer(self, index: int, probability: float) -> bool:
        answer = self._answers[index] if index < len(self._answers) else True
        self.taken.append(answer)
        self.certain.append(probability >= 1)
        return answer


def every_branch(run: Callable[[Choices], Result]) -> Iterator[tuple[Result, float]]:
    """Run once for every way that the choices can go; yields each result and its probability, which sum to 1."""
    pending: list[tuple[bool, ...]] = [()]
    while pending:
        answers = pending.pop()
        script = _Script(answers)
        yield run(script), script.probability
        for index in range(len(script.taken) - 1, len(answers) - 1, -1):
            if not script.certain[index]:
                pending.append((*script.taken[:index], False))
