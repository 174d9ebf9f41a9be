"""Pages of courses and lessons: parse, one service call, render."""

from __future__ import annotations

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lessons import catalog, demo
from lessons.content import rendering
from lessons.experiments import calibration
from lessons.forms import PreviewForm
from lessons.learners import current_learner
from lessons.models import Course, Lesson
from lessons.requests import Request


@require_safe
def home(request: Request) -> HttpResponse:
    """With `?packet=` the demo's packet is sent; htmx gets the demo alone."""
    slug = request.GET.get("packet", "")
    course = Course.objects.visible_to(request.user).exclude(demo=None).first()
    shown = demo.shown_on_home(course, slug) if course else None
    if request.htmx and slug and shown:
        response = render(request, "lessons/_demo.html", {"demo": shown})
    else:
        cards = catalog.course_cards(request.user, current_learner(request))
        response = render(request, "lessons/home.html", {"courses": cards, "demo": shown})
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def course(request: Request, course: str) -> HttpResponse:
    found = get_object_or_404(Course.objects.visible_to(request.user), slug=course)
    card = catalog.course_card(found, request.user, current_learner(request))
    context = {
        "course": found,
        "cards": card.lessons,
        "map": card.map,
        "resume": card.resume,
        "preview": found.status == "draft",
        "calibration": calibration.of_learner(current_learner(request), found),
    }
    return render(request, "lessons/course.html", context)


@require_safe
@never_cache
def lesson(request: Request, course: str, lesson: str) -> HttpResponse:
    found = _lesson(request, course, lesson)
    again = request.GET.get("again", "")
    page = catalog.open_lesson(found, request.user, current_learner(request), again=again)
    return render(request, "lessons/lesson.html", page.context())


@require_POST
@staff_member_required
def markdown_preview(request: Request) -> HttpResponse:
    form = PreviewForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors["text"], status=422)
    return render(request, "lessons/_preview.html", {"parts": rendering.blocks(form.cleaned_data["text"])})


def _lesson(request: Request, course: str, lesson: str) -> Lesson:
    visible = Lesson.objects.visible_to(request.user).select_related("course", "scene")
    return get_object_or_404(visible, course__slug=course, slug=lesson)
