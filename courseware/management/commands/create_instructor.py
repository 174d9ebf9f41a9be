"""Makes the first instructor account and prints its password once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from courseware.instructors import create_first_instructor


class Command(BaseCommand):
    help = "Makes the account `instructor` with a random password, printed once, unless a staff account exists."

    def handle(self, *args: Any, **options: Any) -> None:
        credentials = create_first_instructor()
        if credentials is None:
            self.stdout.write("A staff account exists already; nothing was made.")
        else:
            self.stdout.write(f"Account {credentials.username}, password {credentials.password} (shown only now).")
