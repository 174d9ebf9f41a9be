"""A policy in a few words, for whoever chooses one."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext, ngettext

from quizzes.models import Policy

Moment = Policy.Moment


def in_short(policy: Policy) -> tuple[str, ...]:
    """What it sets, in the order in which a learner meets it; what it leaves free is left out, but for the tries."""
    return (*tries(policy), *time(policy), *shown(policy))


def tries(policy: Policy) -> Iterator[str]:
    most = policy.max_attempts
    if most is None:
        yield gettext("any number of tries")
    else:
        yield ngettext("%(count)s try", "%(count)s tries", most) % {"count": most}
    if policy.penalty_percent and most != 1:
        yield gettext("−%(percent)s %% for each try before") % {"percent": policy.penalty_percent}
    if policy.cooldown_minutes and most != 1:
        yield gettext("%(minutes)s min between tries") % {"minutes": policy.cooldown_minutes}


def time(policy: Policy) -> Iterator[str]:
    if policy.time_limit_minutes:
        yield gettext("%(minutes)s min for a try") % {"minutes": policy.time_limit_minutes}
    if policy.late_penalty_percent:
        yield gettext("−%(percent)s %% when late") % {"percent": policy.late_penalty_percent}


def shown(policy: Policy) -> Iterator[str]:
    if policy.shuffle_questions:
        yield gettext("questions shuffled")
    if policy.feedback != Moment.GRADED:
        yield gettext("points: %(moment)s") % {"moment": lowered(policy.get_feedback_display())}
    if policy.key != policy.feedback:
        yield gettext("answers: %(moment)s") % {"moment": lowered(policy.get_key_display())}


def lowered(words: str) -> str:
    return words[:1].lower() + words[1:]
