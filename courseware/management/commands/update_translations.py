"""Brings the translators' catalogs up to date with templates and code."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courseware import translations


class Command(BaseCommand):
    help = "Adds new messages to locale/*/LC_MESSAGES/django.po and takes out unused ones."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            paths = translations.update(settings.BASE_DIR)
        except translations.TranslationError as error:
            raise CommandError(str(error)) from error
        for path in paths:
            self.stdout.write(f"Updated {path.relative_to(settings.BASE_DIR)}")
