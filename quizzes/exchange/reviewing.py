"""A review between its page and the answer to it: the page carries the drafts, signed, so that what is added is what
was shown, and nothing has to be stored or uploaded again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from quizzes.exchange.importing import Draft, ImportRefusedError
from quizzes.exchange.items import Loss
from quizzes.models import Quiz

SALT = "quizzes.exchange.review"
VALID = timedelta(days=1)
LONGEST = 900_000  # characters; a form may have a million bytes


class StaleReviewError(Exception):
    """The review is not of this quiz, or too old, or was changed. The message says what to do."""


def signed(quiz: Quiz, drafts: Iterable[Draft]) -> str:
    """Raises ImportRefusedError for more than a form can carry."""
    token = signing.dumps({"quiz": quiz.pk, "drafts": [asdict(draft) for draft in drafts]}, salt=SALT, compress=True)
    if len(token) > LONGEST:
        raise ImportRefusedError(_("The file holds too much for one review. Split it and import it in parts."))
    return token


def read(quiz: Quiz, token: str) -> tuple[Draft, ...]:
    """Raises StaleReviewError."""
    try:
        data = signing.loads(token, salt=SALT, max_age=VALID)
    except signing.BadSignature:
        data = {}
    if data.get("quiz") != quiz.pk:
        raise StaleReviewError(_("This review is out of date. Choose the file again."))
    return tuple(Draft(**draft) for draft in data["drafts"])


def grouped(losses: Iterable[Loss]) -> dict[str, Any]:
    """Losses by reason: of whole questions (`missing`), and of parts (`changed`); each reason with its questions."""
    groups: dict[str, dict[str, list[str]]] = {"missing": {}, "changed": {}}
    for loss in losses:
        groups["missing" if loss.whole else "changed"].setdefault(loss.reason, []).append(loss.question)
    return {name: list(reasons.items()) for name, reasons in groups.items()}
