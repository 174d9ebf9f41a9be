"""Tasks that tests send to a real worker, to see what it sees."""

from __future__ import annotations

from celery import shared_task
from django.contrib.auth.models import Group


@shared_task
def mark_group(pk: int) -> None:
    """Renames the group, if the row can be seen."""
    Group.objects.filter(pk=pk).update(name=f"seen {pk}")
