"""What search engines find: the pages that everybody may read, at /sitemap.xml, and /robots.txt, which leads there."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from lessons.models import Course, Lesson

PERSONAL = ("login", "bookmarks", "search")
ROBOTS = "User-agent: *\n{rules}\n\nSitemap: {sitemap}\n"


class PageSitemap(Sitemap):
    """Pages that are there once."""

    def items(self) -> list[str]:
        return ["home", "glossary", "myths"]

    def location(self, item: str) -> str:
        return reverse(item)


class CourseSitemap(Sitemap):
    def items(self) -> QuerySet[Course]:
        return Course.objects.visible_to(AnonymousUser())


class LessonSitemap(Sitemap):
    def items(self) -> QuerySet[Lesson]:
        return Lesson.objects.visible_to(AnonymousUser()).select_related("course")


SITEMAPS = {"pages": PageSitemap, "courses": CourseSitemap, "lessons": LessonSitemap}


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    rules = "\n".join(f"Disallow: {reverse(name)}" for name in PERSONAL)
    text = ROBOTS.format(rules=rules, sitemap=request.build_absolute_uri(reverse("sitemap")))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
