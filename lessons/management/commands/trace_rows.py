from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lessons.content.course_files import read_text
from lessons.content.schema import ContentError
from lessons.traces import authoring as trace_authoring
from lessons.traces import cells as trace_cells
from lessons.traces.authoring import TracePacket


class Command(BaseCommand):
    help = (
        "Prints the hop tables of a lesson's traces.yaml, with the numbers that notes and blanks refer to, and says "
        "what does not fit. Reads the files only."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the lesson's folder")
        parser.add_argument("slug", nargs="?", help="one exercise; all of them if left out")

    def handle(self, *args: Any, folder: Path, slug: str | None, **options: Any) -> None:
        try:
            scene = read_text(folder / "scene.yaml")
            entries = list(trace_authoring.entries(folder))
        except ContentError as error:
            raise CommandError(str(error)) from error
        chosen = [(packet, entry) for packet, entry in entries if slug in (None, packet.slug)]
        if not chosen:
            names = ", ".join(packet.slug for packet, _ in entries) or "none"
            raise CommandError(f"No trace {slug or ''} in {folder / trace_authoring.FILE}. There are: {names}.")
        failed = [packet.slug for packet, entry in chosen if not self._show(packet, entry, scene)]
        if failed:
            raise CommandError(f"Not fit to import: {', '.join(failed)}.")

    def _show(self, packet: TracePacket, entry: object, scene: str) -> bool:
        """Prints one exercise; whether it is complete and fits its table."""
        self.stdout.write(self.style.MIGRATE_HEADING(f"{packet.slug}: {packet.title}"))
        try:
            rows = trace_authoring.rows(packet, scene)
        except ContentError as error:
            self.stderr.write(str(error))
            return False
        try:
            trace = trace_authoring.exercise(entry)
        except ContentError as error:
            self.stdout.write(trace_authoring.table(rows, None))
            self.stderr.write(str(error))
            return False
        problems = trace_cells.problems(trace, rows)
        self.stdout.write(trace_authoring.table(rows, None if problems else trace))
        for problem in problems:
            self.stderr.write(problem)
        return not problems
