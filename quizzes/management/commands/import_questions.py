from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from quizzes.exchange import importing
from quizzes.exchange.importing import ImportRefusedError
from quizzes.exchange.items import UnreadableFileError
from quizzes.models import Quiz


class Command(BaseCommand):
    help = "Adds the questions of a GIFT or Moodle XML file to a quiz that is a draft, and says what is not carried."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--quiz", required=True, metavar="COURSE/LESSON", help="the lesson whose quiz gets them")
        parser.add_argument("--dry-run", action="store_true", help="say what would be added; store nothing")

    def handle(self, *args: Any, file: Path, quiz: str, dry_run: bool, **options: Any) -> None:
        course, _slash, lesson = quiz.partition("/")
        found = Quiz.objects.filter(lesson__course__slug=course, lesson__slug=lesson).first()
        if found is None:
            raise CommandError(f"No quiz {quiz}. Give it as COURSE/LESSON, in slugs.")
        try:
            review = importing.review(found, importing.decoded(file.read_bytes(), str(file)), str(file))
            new = [draft for draft in review.drafts if not draft.same_as]
            added = new if dry_run else importing.store(found, new)
        except (OSError, UnreadableFileError, ImportRefusedError) as error:
            raise CommandError(str(error)) from error
        for loss in review.losses:
            self.stderr.write(str(loss))
        for draft in review.drafts:
            state = f"there already, as {draft.same_as}" if draft.same_as else "would be added" if dry_run else "added"
            self.stdout.write(f"{file}:{draft.line}: {draft.slug} ({draft.kind}): {state}")
        self.stdout.write(f"{len(added)} {'would be added' if dry_run else 'added'} to “{found}”.")
