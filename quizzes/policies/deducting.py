"""What the rules take off an attempt's points, as quizzes.grading.deductions applies it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Max

from quizzes.models import Attempt
from quizzes.policies.finding import rules_of
from quizzes.policies.rules import Rules
from quizzes.policies.tries import number_of


def deductions_of(attempt: Attempt) -> list[dict[str, Any]]:
    """For the attempts before it, and for coming late. Looks up what was granted since."""
    rules, handed_in_at = rules_of(attempt), worked_until(attempt)
    late = handed_in_at is not None and rules.is_late(attempt.started_at, handed_in_at)
    return deducted(rules, number_of(attempt) - 1, late=late)


def deducted(rules: Rules, earlier_tries: int, *, late: bool) -> list[dict[str, Any]]:
    percents = {"tries": min(100, rules.penalty_percent * earlier_tries), "late": rules.late_penalty_percent * late}
    return [{"reason": reason, "percent": percent} for reason, percent in percents.items() if percent]


def worked_until(attempt: Attempt) -> datetime | None:
    """When the work was handed in; for what the clock closed, when the last answer was saved."""
    if not attempt.closed_by_clock:
        return attempt.submitted_at
    saved_at: datetime | None = attempt.answers.aggregate(last=Max("saved_at"))["last"]
    return saved_at
