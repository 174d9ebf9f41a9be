"""Where a platform's link leads on this site: to a lesson, a quiz or a course, by its address as browsers show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy as _

from lessons.models import Course, Lesson
from lti.launches import LaunchRefusedError
from quizzes.models import Quiz

OWN_PAGES = ("home", "lti_setup", "lti_launch", "lti_select_content")
NOWHERE = _(
    "This link leads to a page that does not exist here, or that is not published. Ask whoever put the link into your "
    "course to select the lesson or quiz again."
)


@dataclass(frozen=True, slots=True)
class Target:
    """`quiz`: whose score goes to the platform, if it takes one."""

    path: str
    quiz: Quiz | None = None


def find(request: HttpRequest, url: str) -> Target:
    """Raises LaunchRefusedError for another site's address, a page that is no target, or one that is not published."""
    parts = urlsplit(url)
    if parts.netloc and parts.netloc != request.get_host():
        raise LaunchRefusedError(NOWHERE)
    try:
        match = resolve(parts.path or "/")
    except Resolver404:
        raise LaunchRefusedError(NOWHERE) from None
    if match.url_name in OWN_PAGES:
        return Target(reverse("home"))
    found = published(match.url_name or "", match.kwargs)
    if found is None:
        raise LaunchRefusedError(NOWHERE)
    return Target(found.get_absolute_url(), found if isinstance(found, Quiz) else None)


def published(name: str, slugs: dict[str, Any]) -> Course | Lesson | Quiz | None:
    """What learners may see under the address of this name."""
    everyone = AnonymousUser()
    if name == "course":
        return Course.objects.visible_to(everyone).filter(slug=slugs["course"]).first()
    if name == "lesson":
        lessons = Lesson.objects.visible_to(everyone).select_related("course")
        return lessons.filter(course__slug=slugs["course"], slug=slugs["lesson"]).first()
    if name == "quiz":
        quizzes = Quiz.objects.visible_to(everyone).select_related("lesson__course")
        return quizzes.filter(lesson__course__slug=slugs["course"], lesson__slug=slugs["lesson"]).first()
    return None
