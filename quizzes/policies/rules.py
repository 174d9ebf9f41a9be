"""The rules of a quiz for one learner, with everything that was granted to them. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from classes.models import Enrolment
from quizzes.models.policies import Policy

Moment = Policy.Moment
MOMENTS = ("opens_at", "closes_at", "late_until")
SPANS = ("cooldown", "time_limit", "grace")


@dataclass(frozen=True, slots=True)
class Rules:
    """`max_attempts`, `time_limit` and each moment: None does not bound. Percents are whole numbers from 0 to 100.

    `extra_time`: somebody granted this learner more time than the class has, so the closing waits for it.
    `enrolment`: the class that an attempt counts for, if any.
    """

    max_attempts: int | None = None
    penalty_percent: int = 0
    cooldown: timedelta = timedelta(0)
    time_limit: timedelta | None = None
    grace: timedelta = timedelta(seconds=30)
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    late_until: datetime | None = None
    late_penalty_percent: int = 0
    shuffle: bool = False
    feedback: Moment = Moment.GRADED
    key: Moment = Moment.GRADED
    extra_time: bool = False
    enrolment: Enrolment | None = field(default=None, compare=False)

    @property
    def last_moment(self) -> datetime | None:
        """Until when an attempt can be started."""
        return self.late_until or self.closes_at

    def deadline(self, started_at: datetime) -> datetime | None:
        """When the clock closes an attempt; None: never. Granted time is never cut off by a closing."""
        if self.time_limit is None:
            return self.last_moment
        end = started_at + self.time_limit
        if self.extra_time or self.last_moment is None:
            return end
        return min(end, self.last_moment)

    def closing(self, started_at: datetime) -> datetime | None:
        """After when the work of an attempt is late; None: never."""
        if self.closes_at is None or started_at > self.closes_at or not (self.extra_time and self.time_limit):
            return self.closes_at
        return max(self.closes_at, started_at + self.time_limit)

    def is_late(self, started_at: datetime, handed_in_at: datetime) -> bool:
        closing = self.closing(started_at)
        return closing is not None and handed_in_at > closing + self.grace

    def granted(
        self, time_factor: Decimal, extra_minutes: int, extra_attempts: int, closes_at: datetime | None
    ) -> Rules:
        """With an accommodation and an extension applied, neither of which ever takes anything away."""
        closing = self.closes_at
        if closes_at is not None and closing is not None:
            closing = max(closing, closes_at)
        late_until = self.late_until if self.late_until and closing and self.late_until > closing else None
        limit = self.time_limit
        if limit is not None:
            limit = timedelta(seconds=float(time_factor) * limit.total_seconds()) + timedelta(minutes=extra_minutes)
        return replace(
            self,
            max_attempts=None if self.max_attempts is None else self.max_attempts + extra_attempts,
            time_limit=limit,
            closes_at=closing,
            late_until=late_until,
            extra_time=self.extra_time or time_factor > 1 or extra_minutes > 0,
        )

    def document(self) -> dict[str, Any]:
        """JSON to keep with an attempt: moments in ISO 8601, spans in seconds; without the enrolment."""
        kept = asdict(replace(self, enrolment=None))
        del kept["enrolment"]
        for name in MOMENTS:
            kept[name] = kept[name] and kept[name].isoformat()
        for name in SPANS:
            kept[name] = None if kept[name] is None else kept[name].total_seconds()
        return kept

    @classmethod
    def of_document(cls, document: Mapping[str, Any], enrolment: Enrolment | None = None) -> Rules:
        """The rules that an attempt keeps; {} are those of attempts from before there were any."""
        values = dict(document)
        for name in MOMENTS:
            if text := values.get(name):
                values[name] = datetime.fromisoformat(text)
        for name in SPANS:
            if values.get(name) is not None:
                values[name] = timedelta(seconds=values[name])
        for name in ("feedback", "key"):
            values[name] = Moment(values.get(name, Moment.GRADED))
        return cls(**values, enrolment=enrolment)
