"""What is granted to a learner, while it is read or changed."""

from __future__ import annotations

from classes.models import Enrolment


def hold(enrolment_id: int | None) -> None:
    """Until the transaction ends nobody else grants this learner anything, or stores a grade by what was granted.

    Otherwise a grade that is stored beside a grant could miss it, and whoever grants could miss the grade.
    """
    if enrolment_id is not None:
        Enrolment.objects.select_for_update(no_key=True).get(pk=enrolment_id)
