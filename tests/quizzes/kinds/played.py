"""The engine on the small cluster of tests.lessons.factories, without a database."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from lessons.runs.scenarios import Scenario, play
from quizzes.kinds.base import QuestionSpec
from quizzes.simulation.engine import Engine
from tests.lessons.factories import SCENE


class PlayedEngine(Engine):
    def played(self) -> dict[str, Any]:
        return played(json.dumps(self.scenario.request("trace")))


@cache
def played(request: str) -> dict[str, Any]:
    return play("trace", json.loads(request))


def engine(question: QuestionSpec) -> Engine:
    assert question.scene is not None
    changes = (question.scene.changes,) if question.scene.changes else ()
    return PlayedEngine(Scenario(SCENE, changes, question.scene.action(), faults=question.scene.faults))
