"""Ask for a certificate, download it, and let others confirm it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lessons.certificates import issuing
from lessons.certificates.document import certificate_pdf, unwritable
from lessons.learners import current_learner
from lessons.models import Certificate, Course

TEMPLATE = "lessons/certificates/course.html"


class NameForm(forms.Form):
    name = forms.CharField(
        max_length=100,
        label=gettext_lazy("Your name, as it shall stand on the certificate"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        if letters := unwritable(name):
            raise ValidationError(
                _("The certificate's font has no sign for: %s. Please write your name without it.") % letters
            )
        return name


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def course_certificate(request: HttpRequest, course: str) -> HttpResponse:
    """What is missing, or the form for a name, or the certificate. Posting the name issues it."""
    found = get_object_or_404(Course.objects.visible_to(request.user), slug=course)
    learner = current_learner(request)
    page: dict[str, Any] = {"course": found}
    if not request.user.is_authenticated or learner is None or learner.stand_in_of_id:
        return render(request, TEMPLATE, page | {"stand_in": bool(learner and learner.stand_in_of_id)})
    existing = Certificate.objects.filter(learner=learner, course=found).first()
    name = existing.name if existing else request.user.get_full_name()
    form = NameForm(request.POST or None, initial={"name": name})
    page |= {"form": form, "certificate": existing}
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(issuing.issue(found, learner, form.cleaned_data["name"]))
        except issuing.NotCompletedError as error:
            return render(request, TEMPLATE, page | {"missing": error.missing}, status=409)
    page["missing"] = issuing.missing(found, learner)
    return render(request, TEMPLATE, page, status=422 if form.errors else 200)


@require_safe
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """Public: says what the document says, and whether it still counts."""
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    found = Certificate.objects.filter(code=typed).first()
    if found is None:
        return render(request, "lessons/certificates/unknown.html", {"code": code}, status=404)
    status = 410 if found.revoked_at else 200
    return render(request, "lessons/certificates/certificate.html", {"certificate": found}, status=status)


@require_safe
@never_cache
def certificate_file(request: HttpRequest, code: str) -> HttpResponse:
    """The document, which whoever has the code may print. A revoked one is gone."""
    found = get_object_or_404(Certificate, code=code.upper(), revoked_at=None)
    pdf = certificate_pdf(found, request.build_absolute_uri(found.get_absolute_url()))
    headers = {"Content-Disposition": f'attachment; filename="hop-by-hop-{found.code}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
