"""What authors and instructors are refused is said in their language, at once or from what a worker stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from lessons import phrases
from netsim import NetsimError
from quizzes.errors import InvalidSpecError
from quizzes.exchange.items import NotCarriedError, share_of_percent
from quizzes.grading import grader
from quizzes.kinds import parse_spec
from quizzes.questions.variants import parse_variants
from quizzes.regrading import corrected, running
from quizzes.simulation.engine import refused

CHOICE = {"prompt": "p", "explanation": "e"}


@pytest.mark.parametrize(
    ("refuse", "error", "said"),
    [
        (lambda: parse_spec("essay", {}), InvalidSpecError, "es muss eines sein von"),
        (lambda: parse_spec("single_choice", {**CHOICE, "points": 3}), InvalidSpecError, "kein Schlüssel dieser Art"),
        (lambda: parse_spec("single_choice", CHOICE), InvalidSpecError, "options: fehlt"),
        (lambda: parse_variants("single_choice", {"variants": "two"}), InvalidSpecError, "von 2 bis"),
        (lambda: share_of_percent("half"), NotCarriedError, "„half“ ist keine Prozentzahl"),
    ],
    ids=["kind", "key", "missing key", "variants", "imported number"],
)
def test_a_refusal_is_in_german(refuse: Callable[[], Any], error: type[Exception], said: str) -> None:
    with translation.override("de"), pytest.raises(error, match=said):
        refuse()


def test_what_the_engine_refuses_is_in_german_with_its_reason() -> None:
    with translation.override("de"):
        assert str(refused(NetsimError("it takes two nodes"))) == (
            "die Engine nimmt es nicht an: dafür braucht es zwei Nodes"
        )


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (f"ports: {corrected.OTHER_VARIANT}", "ports: die Frage hat die gefragte Variante nicht mehr"),
        (f"ports: {corrected.NOT_FITTING.format(words='is empty')}", "ports: die Antwort passt nicht mehr zur Frage"),
        (running.GRADED_MEANWHILE, "Der Versuch wurde inzwischen"),
        (grader.NEVER_ENDED.format(number=3), "Die Bewertung wurde 3-mal begonnen"),
    ],
    ids=["variant", "answer", "graded meanwhile", "worker that stopped"],
)
def test_what_a_worker_stored_is_said_in_german(stored: str, said: str) -> None:
    with translation.override("de"):
        assert phrases.shown(stored).startswith(said)
