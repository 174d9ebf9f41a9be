from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from quizzes.me import retention


class Command(BaseCommand):
    help = "Deletes what is not kept any longer: guests and accounts that nobody uses, and requested deletions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        outcome = retention.plan(now) if dry_run else retention.enforce(now)
        would = "Would go" if dry_run else "Gone"
        self.stdout.write(
            f"{would}: {outcome.guests} guests, {outcome.deleted} accounts, {outcome.sessions} ended sessions.\n"
            f"Unused accounts announced for deletion: {outcome.unused}."
        )
