"""What stands for an explanation that an imported question does not have, until its instructor writes one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from quizzes.errors import key_path
from quizzes.questions.variants import texts

MISSING_EXPLANATION = "**TODO: explain this.**"


def missing_explanations(spec: Mapping[str, Any]) -> Iterator[str]:
    """The keys that still hold the placeholder."""
    yield from (key_path(path) for path, text in texts(spec) if MISSING_EXPLANATION in text)
