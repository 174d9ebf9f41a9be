"""The pages of a class's plan: what is assigned, one assignment, one extension."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classes import viewing
from classes.models import CourseClass, Role
from classes.permissions import for_role, may
from classes.views.requests import Request
from quizzes.assigning import copying, planning
from quizzes.assigning.forms import AssignmentForm, AssignRestForm, ExtensionForm, ShiftForm, TakeOverForm
from quizzes.assigning.planning import ChangedMeanwhileError
from quizzes.assigning.undoing import last_change, undo, undoable
from quizzes.models import Assignment, Extension
from quizzes.regrading import relieving


@require_safe
@never_cache
@for_role(Role.ASSISTANT)
def assignments(request: Request, course_class: CourseClass) -> HttpResponse:
    return plan_page(request, course_class)


def plan_page(request: Request, course_class: CourseClass, **forms: Any) -> HttpResponse:
    context = {
        "course_class": course_class,
        "plan": planning.plan_of(course_class),
        "now": viewing.now(request),
        "may_change": may(request.user, course_class, Role.INSTRUCTOR),
        "rest_form": AssignRestForm(prefix="rest"),
        "shift_form": ShiftForm(prefix="shift"),
        "take_over_form": TakeOverForm(prefix="from", sources=copying.sources(request.user, course_class)),
        "last_change": last_change(request.session, course_class),
    }
    return render(request, "quizzes/assigning/assignments.html", context | forms, status=422 if forms else 200)


@require_POST
@for_role(Role.INSTRUCTOR)
def assign_rest(request: Request, course_class: CourseClass) -> HttpResponse:
    form = AssignRestForm(request.POST, prefix="rest")
    if form.is_valid():
        try:
            with undoable(request.session, course_class, gettext("Quizzes assigned")):
                count = planning.assign_rest(course_class, form.cleaned_data["policy"], form.schedule())
        except ValidationError as error:
            form.add_error(None, error.messages[0])
        else:
            words = ngettext("%(count)s quiz is assigned.", "%(count)s quizzes are assigned.", count)
            messages.success(request, words % {"count": count})
            return redirect("class_assignments", course_class.pk)
    return plan_page(request, course_class, rest_form=form)


@require_POST
@for_role(Role.INSTRUCTOR)
def take_over(request: Request, course_class: CourseClass) -> HttpResponse:
    form = TakeOverForm(request.POST, prefix="from", sources=copying.sources(request.user, course_class))
    if not form.is_valid():
        return plan_page(request, course_class, take_over_form=form)
    source = form.cleaned_data["source"]
    with undoable(request.session, course_class, gettext("Plan of “{name}” taken over").format(name=source)):
        count = copying.take_over(course_class, source, form.cleaned_data["begins"])
    words = ngettext("%(count)s quiz is assigned.", "%(count)s quizzes are assigned.", count)
    messages.success(request, words % {"count": count})
    return redirect("class_assignments", course_class.pk)


@require_POST
@for_role(Role.INSTRUCTOR)
def shift(request: Request, course_class: CourseClass) -> HttpResponse:
    form = ShiftForm(request.POST, prefix="shift")
    if not form.is_valid():
        return plan_page(request, course_class, shift_form=form)
    with undoable(request.session, course_class, gettext("Dates shifted")):
        count = planning.shift(course_class, form.cleaned_data["days"])
    words = ngettext("The dates of %(count)s quiz are shifted.", "The dates of %(count)s quizzes are shifted.", count)
    messages.success(request, words % {"count": count})
    return redirect("class_assignments", course_class.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_role(Role.INSTRUCTOR)
def assignment(request: Request, course_class: CourseClass, assignment: int) -> HttpResponse:
    found = assignment_of(course_class, assignment)
    form = AssignmentForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            with undoable(request.session, course_class, gettext("“{quiz}” changed").format(quiz=found.quiz)):
                planning.store(form.instance, form.cleaned_data["seen"])
        except ValidationError as error:
            form.add_error(None, error)
        except ChangedMeanwhileError:
            form.show_again_beside(assignment_of(course_class, assignment))
        else:
            messages.success(request, gettext("Saved: %s.") % found.quiz)
            return redirect("class_assignments", course_class.pk)
    context = {"course_class": course_class, "assignment": assignment_of(course_class, assignment), "form": form}
    return render(request, "quizzes/assigning/assignment.html", context, status=422 if form.errors else 200)


@require_POST
@for_role(Role.INSTRUCTOR)
def remove(request: Request, course_class: CourseClass, assignment: int) -> HttpResponse:
    found = assignment_of(course_class, assignment)
    with undoable(request.session, course_class, gettext("“{quiz}” taken away").format(quiz=found.quiz)):
        planning.remove(found)
    messages.success(request, gettext("“{quiz}” is no longer assigned. Attempts are kept.").format(quiz=found.quiz))
    return redirect("class_assignments", course_class.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_role(Role.INSTRUCTOR)
def extension(request: Request, course_class: CourseClass) -> HttpResponse:
    """A new one; `enrolment` and `quiz` of the address are chosen already.

    Where grades rise by it, the page first says which, and grants it once these were seen.
    """
    chosen = {name: request.GET.get(name) for name in ("enrolment", "quiz")}
    form = ExtensionForm(request.POST or None, initial=chosen, course_class=course_class)
    if request.method == "POST" and form.is_valid():
        form.instance.granted_by_id = request.user.pk
        name = form.instance.enrolment.name
        try:
            foreseen = planning.foreseen(form.instance)
            if foreseen and request.POST.get("seen") != planning.fingerprint(foreseen):
                context = {"course_class": course_class, "form": form, "foreseen": foreseen}
                context["seen"] = planning.fingerprint(foreseen)
                return render(request, "quizzes/assigning/extension.html", context)
            with undoable(request.session, course_class, gettext("Extension for {name}").format(name=name)):
                before = planning.grant(form.instance)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, granted_words(name, len(foreseen)))
            if before is not None:
                messages.info(request, gettext("It takes the place of the one that was granted before."))
            return redirect("class_assignments", course_class.pk)
    context = {"course_class": course_class, "form": form}
    return render(request, "quizzes/assigning/extension.html", context, status=422 if form.errors else 200)


def granted_words(name: str, rising: int) -> str:
    words = gettext("{name} has the extension.").format(name=name)
    if not rising:
        return words
    rise = ngettext("%(count)s grade rises by it now.", "%(count)s grades rise by it now.", rising)
    return f"{words} {rise % {'count': rising}}"


@require_POST
@for_role(Role.INSTRUCTOR)
def take_back(request: Request, course_class: CourseClass, extension: int) -> HttpResponse:
    mine = Extension.objects.filter(enrolment__course_class=course_class).select_related("enrolment__learner__user")
    found = get_object_or_404(mine, pk=extension)
    name = found.enrolment.name
    with undoable(request.session, course_class, gettext("Extension of {name} taken back").format(name=name)):
        planning.take_back(found)
    words = gettext("The extension of {name} is taken back.").format(name=name)
    if relieving.has_raised(found.enrolment, found.quiz):
        words += " " + gettext("Grades that rose by it stay as they are; set a score by hand where that is wrong.")
    messages.success(request, words)
    return redirect("class_assignments", course_class.pk)


@require_POST
@for_role(Role.INSTRUCTOR)
def undo_last(request: Request, course_class: CourseClass) -> HttpResponse:
    try:
        undo(request.session, course_class)
    except ChangedMeanwhileError:
        words = gettext("This can no longer be undone: the plan was changed since. Correct it by hand.")
        messages.error(request, words)
    else:
        messages.success(request, gettext("Undone: the plan is as it was before."))
    return redirect("class_assignments", course_class.pk)


def assignment_of(course_class: CourseClass, pk: int) -> Assignment:
    return get_object_or_404(planning.assignments_of(course_class), pk=pk)
