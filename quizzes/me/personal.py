"""What is stored about a person: exactly the rows that would go with them, whatever app they belong to.

So the export cannot forget what deletion takes along, nor the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.utils import NestedObjects
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, router

from lessons.models import Learner
from quizzes.signals import personal_rows_asked


def rows_of(person: AbstractBaseUser | Learner) -> dict[type[models.Model], list[models.Model]]:
    """By model, each in the order in which it was stored. `person`: a user, or a guest's learner."""
    collector = NestedObjects(using=router.db_for_write(type(person)))
    collector.collect([person])
    if not isinstance(person, Learner):
        answers: Any = personal_rows_asked.send(sender=type(person), person=person)
        for _receiver, rows in answers:
            collector.collect(rows)
    found = {model: sorted(rows, key=lambda row: row.pk) for model, rows in collector.data.items() if rows}
    return dict(sorted(found.items(), key=lambda item: item[0]._meta.label))


def documents(rows: Iterable[models.Model], left_out: frozenset[str]) -> list[dict[str, Any]]:
    """Each row as its fields, as JSON can hold them; without fields of these names."""
    return [
        {field.name: field.value_from_object(row) for field in row._meta.concrete_fields if field.name not in left_out}
        for row in rows
    ]
