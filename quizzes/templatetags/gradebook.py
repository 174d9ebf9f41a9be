"""Template tags of the gradebook: the heads of columns that sort, and the bars of a learner's weeks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.template.context import RequestContext
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import pgettext

from classes.models import CourseClass
from quizzes.gradebook.activity import Week
from quizzes.models import Attempt

register = template.Library()
WIDTH, HEIGHT, FOOT, TOP = 620, 170, 140, 20
KINDS = ("predictions", "practice", "attempts")


@register.inclusion_tag("quizzes/gradebook/_sort_header.html", takes_context=True)
def sort_header(context: RequestContext, key: Any, label: str, assignment: Any = None) -> dict[str, Any]:
    """A column's head: a link that sorts by it, and the other way round the second time."""
    sort, name = context["sort"], str(key)
    direction = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    target = f"-{name}" if direction == "ascending" else name
    query = "&".join(part for part in (context["unsorted"], f"sort={target}") if part)
    return {"label": label, "direction": direction, "query": query, "assignment": assignment}


@register.simple_tag
def attempt_path(course_class: CourseClass, attempt: Attempt) -> str:
    """As {% url "class_attempt" … %}, for tables with hundreds of them."""
    return f"{attempts_path(course_class.pk)}{attempt.pk}/"


@lru_cache(maxsize=256)
def attempts_path(course_class: int) -> str:
    return reverse("class_attempt", args=[course_class, 0]).removesuffix("0/")


@register.simple_tag
def week_bars(weeks: Sequence[Week]) -> dict[str, Any]:
    """Coordinates in units of the view box, as texts that do not depend on the language."""
    most = max(5, *(week.total for week in weeks))
    step = WIDTH / len(weeks)
    day_format = pgettext("day and month, in the letters of Django's date filter", "M j")
    columns = []
    for place, week in enumerate(weeks):
        y, parts = float(FOOT), []
        for kind in KINDS:
            height = (FOOT - TOP) * getattr(week, kind) / most
            y -= height
            parts.append({"kind": kind, "y": f"{y:.1f}", "height": f"{height:.1f}"})
        middle = step * (place + 0.5)
        columns.append({"week": week, "date": date_format(week.monday, day_format), "middle": f"{middle:.1f}",
                        "x": f"{middle - step * 0.34:.1f}", "parts": parts, "text_y": f"{y - 5:.1f}"})  # fmt: skip
    return {"width": WIDTH, "height": HEIGHT, "foot": FOOT, "foot_text": FOOT + 18, "bar": f"{step * 0.68:.1f}",
            "columns": columns}  # fmt: skip
