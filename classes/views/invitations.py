"""Invitations: made and listed by instructors, opened by whoever has the link."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AbstractUser
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classes import inviting, mailing
from classes.enrolling import EnrolmentError
from classes.forms import InvitationFilterForm, InvitationForm, NameForm
from classes.models import CourseClass, Invitation, Role
from classes.permissions import for_role
from classes.views.people import csv_response
from classes.views.requests import Request, site

GONE = 410
ON_A_PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_role(Role.INSTRUCTOR)
def invitations(request: Request, course_class: CourseClass) -> HttpResponse:
    form = InvitationForm(request.POST or None, course_class=course_class)
    if request.method == "POST" and form.is_valid():
        try:
            made = inviting.invite(course_class, request.user, **form.cleaned_data)
        except EnrolmentError as error:
            form.add_error("email", str(error))
        else:
            mailing.send_later([made], site(request))
            messages.success(request, _("Invited: %s.") % _addressee(made))
            return redirect("class_invitations", course_class.pk)
    chosen = InvitationFilterForm(request.GET)
    found = inviting.find(course_class, site(request), **chosen.wanted())
    context = {
        "course_class": course_class,
        "form": form,
        "chosen": chosen,
        "query": chosen.query(),
        "page": Paginator(found, ON_A_PAGE).get_page(request.GET.get("page")),
        "total": course_class.invitations.count(),
        "sends_email": settings.SENDS_EMAIL,
        "unanswered": inviting.unanswered(course_class).count(),
    }
    return render(request, "classes/invitations.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
@for_role(Role.INSTRUCTOR)
def links(request: Request, course_class: CourseClass) -> HttpResponse:
    """The open ones as CSV, to be passed on by hand."""
    found = [row.invitation for row in inviting.listed(course_class, site(request)) if row.open]
    return csv_response(inviting.links_csv(found, site(request)), f"class-{course_class.pk}-invitations.csv")


@require_POST
@for_role(Role.INSTRUCTOR)
def renew(request: Request, course_class: CourseClass, invitation: int) -> HttpResponse:
    renewed = inviting.renew(invitation_of(course_class, invitation))
    mailing.send_later([renewed], site(request))
    messages.success(request, _("The invitation has a new link; the old one opens nothing any more."))
    return redirect("class_invitations", course_class.pk)


@require_POST
@for_role(Role.INSTRUCTOR)
def remind(request: Request, course_class: CourseClass) -> HttpResponse:
    found = inviting.remind(course_class)
    mailing.send_later(found, site(request))
    words = ngettext("%(count)s invitation is sent again.", "%(count)s invitations are sent again.", len(found))
    messages.success(request, words % {"count": len(found)})
    return redirect("class_invitations", course_class.pk)


@require_POST
@for_role(Role.INSTRUCTOR)
def withdraw(request: Request, course_class: CourseClass, invitation: int) -> HttpResponse:
    found = invitation_of(course_class, invitation)
    inviting.withdraw(found)
    messages.success(request, _("Withdrawn: %s. The link opens nothing any more.") % _addressee(found))
    return redirect("class_invitations", course_class.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: Request, token: str) -> HttpResponse:
    """Where the link leads: what one is invited to; who is signed in accepts."""
    try:
        found = inviting.open_invitation(token)
        if request.method == "POST" and isinstance(request.user, AbstractUser) and not request.viewing:
            enrolment = inviting.accept(token, request.user, NameForm(request.POST).told())
            messages.success(request, _("Welcome to “%s”.") % enrolment.course_class.title)
            return redirect(enrolment.course_class)
    except Invitation.DoesNotExist:
        words = _("This invitation was withdrawn or renewed, or the link is incomplete. Ask for another.")
        return render(request, "classes/invitation_gone.html", {"message": words}, status=404)
    except EnrolmentError as error:
        if (own := inviting.came_by(token, request.user)) is not None:
            return redirect(own)
        return render(request, "classes/invitation_gone.html", {"message": str(error)}, status=GONE)
    context = {"invitation": found, "name_form": NameForm(initial={"name": found.name})}
    return render(request, "classes/invitation.html", context)


def invitation_of(course_class: CourseClass, invitation: int) -> Invitation:
    return get_object_or_404(course_class.invitations.filter(accepted_at=None), pk=invitation)


def _addressee(invitation: Invitation) -> str:
    return invitation.name or invitation.email or _("a person with the link")
