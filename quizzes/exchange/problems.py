"""What is lost while an item becomes a question of ours."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.utils.translation import gettext

from quizzes.exchange.items import decimal
from quizzes.questions.placeholders import MISSING_EXPLANATION

Spec = dict[str, Any]


class Problems(list[str]):
    def explained(self, text: str, what: str) -> str:
        """The text, or the placeholder, which is noted."""
        if not text:
            self.append(gettext("an explanation is missing for {what}").format(what=what))
        return text or MISSING_EXPLANATION


def percent_text(share: Fraction) -> str:
    return f"{decimal(share * 100)} %"
