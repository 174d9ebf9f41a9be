from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lessons.content.importing import import_courses
from lessons.content.schema import ContentError


class Command(BaseCommand):
    help = "Loads courses from files into the database. Running it again changes only what changed in the files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path",
            nargs="?",
            type=Path,
            default=settings.CONTENT_DIR,
            help="a course's folder, or a folder of courses (default: the shipped ones)",
        )
        parser.add_argument("--force", action="store_true", help="overwrite lessons that were edited in the admin")

    def handle(self, *args: Any, path: Path, force: bool, verbosity: int, **options: Any) -> None:
        lines: list[str] = []
        try:
            import_courses(path, force=force, report=lines.append)
        except ContentError as error:
            raise CommandError(str(error)) from error
        for line in lines or ["Nothing to change."]:
            if verbosity:
                self.stdout.write(line)
