"""How long a page waits for an answer before it is shown without, and when it asks again."""

from __future__ import annotations

WAIT_SECONDS = 0.8
POLL_MS = (300, 600, 1000)
SLOW_POLL_MS = 3000
PATIENT_POLLS = 10
LAST_POLL = 200


def poll_delay(poll: int, *, slow: bool) -> int | None:
    """Milliseconds until the page asks again: 300, 600, then 1000; less often when nobody answers; None at the end."""
    if poll >= LAST_POLL:
        return None
    if slow:
        return POLL_MS[-1] if poll < PATIENT_POLLS else SLOW_POLL_MS
    return POLL_MS[min(poll, len(POLL_MS) - 1)]
