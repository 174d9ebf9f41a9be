"""Where the statistics are linked from."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from classes.entries import Entry
from classes.models import CourseClass, Role


def class_entries(sender: Any, course_class: CourseClass, role: Role, **_: Any) -> list[Entry]:
    """Receiver of classes.signals.class_page_asked: for whoever helps to run the class."""
    if role == Role.LEARNER:
        return []
    summary = gettext("Which questions are hard, what was answered instead, how predictions went.")
    return [Entry(gettext("Statistics"), reverse("class_statistics", args=[course_class.pk]), summary)]
