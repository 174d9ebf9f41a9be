"""The Django project: settings, URLs, Celery, health and the commands that run it. Wiring only."""

from courseware.celery import app as celery_app

__all__ = ["celery_app"]
