"""Copies the browser libraries' files that pages use into the folder that is served."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courseware.vendoring import VendorError, copy_vendor_files


class Command(BaseCommand):
    help = "Copies the files listed under `vendor` in package.json from node_modules to build/vendor."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = copy_vendor_files(settings.BASE_DIR, settings.VENDOR_DIR)
        except VendorError as error:
            raise CommandError(str(error)) from error
        size = sum((settings.VENDOR_DIR / file).stat().st_size for file in files)
        self.stdout.write(f"{len(files)} files, {size // 1024} KiB, copied to {settings.VENDOR_DIR}")
