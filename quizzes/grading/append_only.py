"""The database itself refuses to change what is only ever added: grades, marks, manual grades.

A trigger on each table turns away every UPDATE, whatever program sends it; deleting a learner still deletes. A column
whose row may outlive what it points to (on_delete=SET_NULL) may become NULL and nothing else. While migrations run the
triggers are gone, because SQLite drops them with every table that it rebuilds and a migration may have to change rows.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from quizzes.models import Grade, ManualGrade, Mark

MODELS = (Grade, Mark, ManualGrade)
MESSAGE = "A grade is never changed; add another one instead."
NAMES_OF_TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}
POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION quizzes_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def protect(sender: Any, using: str, **_: Any) -> None:
    """Receiver of post_migrate."""
    connection = connections[using]
    wanted = [trigger for model in MODELS for trigger in triggers_of(model)]
    with connection.cursor() as cursor:
        tables, existing = connection.introspection.table_names(cursor), triggers_in(connection)
        missing = [each for each in wanted if each[0] not in existing and each[1] in tables]
        if missing and connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION)
        for name, _table, condition in missing:
            cursor.execute(f"CREATE TRIGGER {name} BEFORE UPDATE {condition} {action(connection)}")


def release(sender: Any, using: str, **_: Any) -> None:
    """Receiver of pre_migrate."""
    connection = connections[using]
    existing = triggers_in(connection)
    with connection.cursor() as cursor:
        for name, table, _condition in (trigger for model in MODELS for trigger in triggers_of(model)):
            if name in existing:
                cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


def triggers_of(model: type[models.Model]) -> list[tuple[str, str, str]]:
    """Name, table, and the rest of “BEFORE UPDATE …” of each trigger that the model's table needs."""
    table = model._meta.db_table
    fields = model._meta.concrete_fields
    forgettable = [field for field in fields if may_be_forgotten(field)]
    fixed = ", ".join(str(field.column) for field in fields if field not in forgettable)
    fixing = (f"{table}_is_fixed", table, f"OF {fixed} ON {table} FOR EACH ROW")
    return [fixing] + [
        (
            f"{table}_{field.column}_is_fixed",
            table,
            f"OF {field.column} ON {table} FOR EACH ROW WHEN (NEW.{field.column} IS NOT NULL)",
        )
        for field in forgettable
    ]


def may_be_forgotten(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.ForeignKey) and field.remote_field.on_delete is models.SET_NULL


def triggers_in(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(NAMES_OF_TRIGGERS[connection.vendor])
        return {row[0] for row in cursor.fetchall()}


def action(connection: BaseDatabaseWrapper) -> str:
    if connection.vendor == "postgresql":
        return "EXECUTE FUNCTION quizzes_refuse_update()"
    return f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
