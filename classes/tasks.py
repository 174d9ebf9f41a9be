"""Celery tasks: ids in, one service call."""

from __future__ import annotations

from celery import shared_task

from classes import mailing


@shared_task(name=mailing.TASK)
def send_invitations(ids: list[int], site: str, language: str) -> None:
    mailing.send(ids, site, language)
