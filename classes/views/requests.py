"""What our middleware puts on a request."""

from __future__ import annotations

from classes.viewing import Viewing
from lessons import views as lesson_views


class Request(lesson_views.Request):
    viewing: Viewing | None
