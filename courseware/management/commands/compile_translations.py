"""Makes of each translator's catalog what Django reads."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courseware import translations


class Command(BaseCommand):
    help = "Compiles locale/*/LC_MESSAGES/django.po to .mo."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            paths = translations.compile_catalogs(settings.BASE_DIR)
        except translations.TranslationError as error:
            raise CommandError(str(error)) from error
        for path in paths:
            self.stdout.write(f"Compiled {path.relative_to(settings.BASE_DIR)}")
