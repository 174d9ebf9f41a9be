"""Template tags: how far a learner's score of a quiz got on its way to their course site."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import RequestContext

from lti import scores
from quizzes.models import Quiz

register = template.Library()


@register.inclusion_tag("lti/_scores.html", takes_context=True)
def score_deliveries(context: RequestContext, quiz: Quiz) -> dict[str, Any]:
    """Nothing for who did not come from a course site by a link that takes scores."""
    return {"statuses": scores.statuses_of(context["request"].user, quiz), "poll": 1, "watch": True}
