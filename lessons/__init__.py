"""Courses, lessons, scenes and experiments; predictions and progress; the engine, run through Celery."""
