"""Operations of migrations that Django does not have."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.migrations.operations import SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class StateOnly(SeparateDatabaseAndState):
    """Many changes that no table takes part in, such as names of fields for people.

    Django renders the models again after each change of a state that was rendered, which for hundreds of fields
    takes seconds in every new database. Here they are rendered once, when they are needed next.
    """

    def __init__(self, state_operations: Sequence[Operation]) -> None:
        super().__init__(state_operations=state_operations)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)
        super().state_forwards(app_label, state)
