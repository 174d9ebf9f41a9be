"""What can be wrong with a question or with an answer to it."""

from __future__ import annotations

Problem = tuple[tuple[str | int, ...], str]
"""The path of keys and indexes to what is wrong in a specification, and a message."""


class InvalidSpecError(Exception):
    """A specification that does not fit its kind."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{key_path(path)}: {message}" if path else message for path, message in problems))

    @classmethod
    def at(cls, path: tuple[str | int, ...], message: str) -> InvalidSpecError:
        """The error of one key."""
        return cls(((path, message),))


class InvalidAnswerError(Exception):
    """The answer cannot be read. It costs nothing; the message tells the learner what to change."""


class IncompleteAnswerError(InvalidAnswerError):
    """What there is of the answer is fine, but a part is still missing."""


class CannotCarryOverError(Exception):
    """A response does not mean the same in the corrected question; the message says what changed, for instructors."""


class UngradableQuestionError(Exception):
    """The question itself does not hold against the engine's facts. The message names the key to mend."""


def key_path(path: tuple[str | int, ...]) -> str:
    """('options', 1, 'text') as options[1].text."""
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.removeprefix(".")
