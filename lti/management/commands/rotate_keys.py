"""In place of django-lti's command of this name, which would store the private key as it is."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from lti_tool.models import Key

from lti import keys


class Command(BaseCommand):
    help = "Makes a new key that signs messages to LTI platforms, and stops publishing those older than a week."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--publish-days", type=int, default=7, help="how long older keys stay published (7)")

    def handle(self, *args: Any, publish_days: int, **options: Any) -> None:
        key = keys.make()
        old = Key.objects.active().filter(datetime_created__lt=timezone.now() - timedelta(days=publish_days))
        count = old.exclude(pk=key.pk).update(is_active=False)
        self.stdout.write(f"Key {key} signs from now on. {count} no longer published.")
