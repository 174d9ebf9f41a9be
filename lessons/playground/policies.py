"""Policies as the learner edits them: taken when the engine accepts them, else told why not, and nothing is lost.

edit(lesson, query, text) → Edited(page, text, problem)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from lessons import phrases
from lessons.content.schema import ContentError
from lessons.models import Lesson, SimulationRun
from lessons.playground import cluster as playground_cluster
from lessons.playground import playing as playground
from lessons.playground.playing import Playground
from lessons.playground.state import LONGEST_POLICIES, Query
from lessons.runs import plays
from lessons.runs.answers import ask_all

WAIT_SECONDS = 3.0
POLICIES_FILE = re.compile(r"\bchanges(-\d+)?\.yaml:")


@dataclass(frozen=True, slots=True)
class Edited:
    """`page` is with the new policies, or as before where there is a `problem` with them; `text` is what was sent."""

    page: Playground
    text: str
    problem: str = ""


def edit(lesson: Lesson, query: Query, text: str) -> Edited:
    """Raises NoPlaygroundError."""
    content, state, _problems = playground.read(lesson, query)
    problem = _written_wrong(text)
    new = replace(state.with_setup(policies=text), why=None)
    if not problem:
        scenario = playground.scenario_of(lesson, content, new.now)
        question = plays.Question(playground.matrix_request(scenario, content, new))
        (answer,) = ask_all([(SimulationRun.Kind.MATRIX, question)], wait_seconds=WAIT_SECONDS)
        problem = POLICIES_FILE.sub(_("line "), phrases.shown(answer.run.error)) if answer.refused else ""
    return Edited(playground.show_state(lesson, state if problem else new), text, problem)


def _written_wrong(text: str) -> str:
    """What can be said without the engine, or ""."""
    if len(text) > LONGEST_POLICIES:
        return _("These are %(count)d characters; %(most)d fit into the page’s address.") % {
            "count": len(text),
            "most": LONGEST_POLICIES,
        }
    try:
        found = playground_cluster.documents(text)
    except ContentError as error:
        return str(error)
    for each in found:
        if each.kind not in playground_cluster.POLICY_KINDS:
            kinds = " / ".join(playground_cluster.POLICY_KINDS)
            return _("Only %(kinds)s can be written here, not %(kind)s.") % {"kinds": kinds, "kind": each.kind or "?"}
    return ""
