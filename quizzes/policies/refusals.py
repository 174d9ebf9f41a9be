"""Why a quiz cannot be started now, in words for the learner."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext, ngettext

from lessons.time_zones import in_words
from quizzes.policies.rules import Rules


def refusal(rules: Rules, tries: int, last_submitted_at: datetime | None, now: datetime) -> str:
    """ "" when an attempt may be started. `tries` counts the attempts that were started already."""
    if rules.opens_at is not None and now < rules.opens_at:
        return gettext("This quiz opens on {moment}.").format(moment=in_words(rules.opens_at))
    if rules.last_moment is not None and now >= rules.last_moment:
        return gettext("This quiz closed on {moment}.").format(moment=in_words(rules.last_moment))
    if rules.max_attempts is not None and tries >= rules.max_attempts:
        words = ngettext(
            "You have used your only attempt at this quiz.",
            "You have used all {most} attempts at this quiz.",
            rules.max_attempts,
        )
        return words.format(most=rules.max_attempts)
    if rules.cooldown and last_submitted_at is not None and now < last_submitted_at + rules.cooldown:
        moment = in_words(last_submitted_at + rules.cooldown)
        return gettext("You can try again from {moment}.").format(moment=moment)
    return ""
