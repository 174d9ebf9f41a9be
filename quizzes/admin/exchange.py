"""Pages of a quiz in the admin: its questions as a file, and questions of a file for it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from lessons.models import Status
from quizzes.attempts import presentation
from quizzes.exchange import importing, reviewing
from quizzes.exchange.exporting import export_quiz
from quizzes.exchange.formats import FORMATS, MOODLE_XML
from quizzes.exchange.importing import ImportRefusedError
from quizzes.exchange.items import MOST_BYTES, UnreadableFileError
from quizzes.exchange.reviewing import StaleReviewError
from quizzes.models import Quiz


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("In UTF-8, at most 1 MB, without pictures."),
        widget=forms.FileInput({"accept": ".gift,.txt,.xml,text/plain,application/xml,text/xml"}),
    )

    def clean_file(self) -> tuple[str, str]:
        """The file's name and text."""
        upload = self.cleaned_data["file"]
        try:
            return upload.name, importing.decoded(upload.read(MOST_BYTES + 1), upload.name)
        except UnreadableFileError as error:
            raise forms.ValidationError(str(error)) from error


class ExchangeAdmin(admin.ModelAdmin):
    """For the admin of quizzes."""

    change_form_template = "admin/quizzes/quiz/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        pages = {"export": require_safe(self.export_page), "import": self.import_page}
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(page), name=f"quizzes_quiz_{name}")
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    def quiz_for(self, request: HttpRequest, pk: int, *, change: bool) -> Quiz:
        quiz = get_object_or_404(Quiz.objects.select_related("lesson__course", "lesson__scene"), pk=pk)
        allowed = self.has_change_permission if change else self.has_view_permission
        if not allowed(request, quiz):
            raise PermissionDenied
        return quiz

    def export_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the file holds and what it does not; with ?download the file itself."""
        quiz = self.quiz_for(request, pk, change=False)
        form = FORMATS.get(request.GET.get("format", ""), MOODLE_XML)
        export = export_quiz(quiz, form)
        if "download" in request.GET:
            name = f"{quiz.lesson.course.slug}-{quiz.lesson.slug}{form.suffix}"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return HttpResponse(export.text, content_type=f"{form.media_type}; charset=utf-8", headers=headers)
        context = page_of(quiz) | {"form": form, "formats": FORMATS.values(), "export": export}
        return render(request, "quizzes/exchange/export.html", context | reviewing.grouped(export.losses))

    def import_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A file is asked for, then reviewed, then what was chosen of it is added."""
        quiz = self.quiz_for(request, pk, change=True)
        if "review" in request.POST:
            return self.add_chosen(request, quiz)
        form = UploadForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            name, text = form.cleaned_data["file"]
            try:
                review = importing.review(quiz, text, name)
                return render(request, "quizzes/exchange/review.html", self.review_context(quiz, name, review))
            except (UnreadableFileError, ImportRefusedError) as error:
                form.add_error("file", str(error))
        return render(request, "quizzes/exchange/import.html", page_of(quiz) | {"form": form})

    def review_context(self, quiz: Quiz, name: str, review: importing.Review) -> dict[str, Any]:
        """Raises ImportRefusedError for a file whose review no form can carry."""
        questions = (importing.question_of(quiz, draft, place) for place, draft in enumerate(review.drafts, start=1))
        previews = [presentation.previews(question)[0] for question in questions]
        own = {"file": name, "review": review, "token": reviewing.signed(quiz, review.drafts)}
        return page_of(quiz) | own | {"found": list(zip(review.drafts, previews, strict=True))}

    def add_chosen(self, request: HttpRequest, quiz: Quiz) -> HttpResponse:
        here = HttpResponseRedirect(reverse("admin:quizzes_quiz_import", args=[quiz.pk]))
        try:
            drafts = reviewing.read(quiz, request.POST["review"])
            chosen = [draft for draft in drafts if draft.slug in request.POST.getlist("chosen")]
            added = importing.store(quiz, chosen)
        except (StaleReviewError, ImportRefusedError) as error:
            messages.error(request, str(error))
            return here
        if not added:
            messages.warning(request, _("Nothing was chosen, so nothing was added."))
            return here
        slugs = ", ".join(question.slug for question in added)
        self.log_change(request, quiz, _("Imported %(questions)s.") % {"questions": slugs})
        message = ngettext("%(count)s question was added.", "%(count)s questions were added.", len(added))
        messages.success(request, message % {"count": len(added)})
        return HttpResponseRedirect(reverse("admin:quizzes_quiz_change", args=[quiz.pk]))


def page_of(quiz: Quiz) -> dict[str, Any]:
    """What every page about a quiz shows."""
    return {"quiz": quiz, "lesson": quiz.lesson, "published": quiz.status == Status.PUBLISHED}
