"""{{ policy|in_short }}: what a policy says, in a few words."""

from __future__ import annotations

from django import template

from quizzes.models import Policy
from quizzes.policies import describing

register = template.Library()


@register.filter
def in_short(policy: Policy) -> str:
    return " · ".join(describing.in_short(policy))
