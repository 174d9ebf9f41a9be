from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from quizzes.exchange.exporting import export_quizzes
from quizzes.exchange.formats import FORMATS
from quizzes.models import Quiz


class Command(BaseCommand):
    help = "Writes the questions of a course, or of one lesson, to a file for Moodle and what else reads its formats."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("course", help="the course's slug")
        parser.add_argument("lesson", nargs="?", help="the lesson's slug; all lessons if left out")
        parser.add_argument("--format", dest="form", choices=FORMATS, required=True)
        parser.add_argument("-o", "--output", type=Path, help="the file to write (default: standard output)")

    def handle(
        self, *args: Any, course: str, lesson: str | None, form: str, output: Path | None, **options: Any
    ) -> None:
        quizzes = Quiz.objects.filter(lesson__course__slug=course).order_by("lesson__position")
        chosen = quizzes.filter(lesson__slug=lesson) if lesson else quizzes
        if not chosen:
            known = ", ".join(sorted(set(Quiz.objects.values_list("lesson__course__slug", flat=True)))) or "none"
            raise CommandError(f"No quiz in {course}{f'/{lesson}' if lesson else ''}. Courses with quizzes: {known}.")
        export = export_quizzes(chosen, FORMATS[form])
        for loss in export.losses:
            self.stderr.write(str(loss))
        if output is None:
            self.stdout.write(export.text, ending="")
            return
        output.write_text(export.text, encoding="utf-8")
        self.stdout.write(f"{output}: {export.count} questions; {whole(export.losses)} could not be carried.")


def whole(losses: Any) -> int:
    return sum(loss.whole for loss in losses)
