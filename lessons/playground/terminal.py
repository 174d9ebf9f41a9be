"""The playground's terminal: one more line in a session that is played again from its first line.

type_line(lesson, query, lines, …) → Session      what templates/lessons/playground/_terminal.html shows
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from django.utils.translation import gettext as _

from lessons.models import Lesson, SimulationRun
from lessons.playground import cluster as playground_cluster
from lessons.playground import playing as playground
from lessons.playground.form import Group, machines_of
from lessons.playground.state import Query, State
from lessons.playground.terminal_session import LONGEST_LINE, MOST_LINES
from lessons.runs import plays, simulations
from lessons.runs.answers import ask_all

WAIT_SECONDS = 3.0
SUGGESTIONS = (
    "ping -c 1 {host}", "traceroute -n {host}", "curl -s http://{host}", "dig {host}", "ip route", "ip neigh",
    "conntrack -L", "tcpdump -n", "cat /etc/resolv.conf", "kubectl get pods -A -o wide",
    "kubectl get events -A", "help",
)  # fmt: skip
Lines = Sequence[tuple[str, str]]
Stage = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Session:
    """`lines` are kept in the form; `typed` is a line that was not run, with a `problem` that says why."""

    lesson: Lesson
    state: State
    lines: tuple[tuple[str, str], ...]
    outputs: tuple[dict[str, Any], ...]
    machine: str
    suggestions: tuple[str, ...]
    typed: str = ""
    problem: str = ""
    machines: tuple[Group, ...] = ()

    def context(self) -> dict[str, Any]:
        return {"terminal": {field.name: getattr(self, field.name) for field in fields(self)}, "lesson": self.lesson}


def start(lesson: Lesson, state: State, stage: Stage | None) -> Session:
    """An empty session, on the machine that sends the packet. `stage` is a result of stage.play, if known."""
    source = state.flow.source
    return Session(lesson, state, (), (), source, _suggestions(state, stage), machines=machines_of(stage, source))


def type_line(lesson: Lesson, query: Query, lines: Lines, machine: str, edit: str) -> Session:
    """The session after its last line, without it (edit "undo") or emptied ("clear"). Raises NoPlaygroundError."""
    content, state, _problems = playground.read(lesson, query)
    kept = {"clear": (), "undo": tuple(lines[:-1])}.get(edit, tuple(lines))
    scenario = playground.scenario_of(lesson, content, state.now)
    request = playground_cluster.request(scenario)
    known = simulations.find(SimulationRun.Kind.STAGE, plays.Question(request))
    stage = known.result if known is not None else None
    where = machine or state.flow.source
    base = Session(lesson, state, (), (), where, _suggestions(state, stage), machines=machines_of(stage, where))
    problem = _refusal(kept)
    if problem:
        kept, typed = kept[:-1], kept[-1][1]
    else:
        typed = ""
    if not kept:
        return replace(base, typed=typed, problem=problem)
    question = plays.Question(request | {"lines": [{"at": at, "line": line} for at, line in kept]})
    (answer,) = ask_all([(SimulationRun.Kind.TERMINAL, question)], wait_seconds=WAIT_SECONDS)
    if answer.result is None:
        told = answer.message or _("The simulator has not answered yet. Run the line again in a moment.")
        return replace(base, lines=kept[:-1], typed=kept[-1][1], problem=told)
    return replace(base, lines=kept, outputs=tuple(answer.result["outputs"]), typed=typed, problem=problem)


def _refusal(lines: Lines) -> str:
    if len(lines) > MOST_LINES:
        return _("A session has at most %(count)d lines. Clear it to go on.") % {"count": MOST_LINES}
    if lines and len(lines[-1][1]) > LONGEST_LINE:
        return _("A line has at most %(count)d characters.") % {"count": LONGEST_LINE}
    return ""


def _suggestions(state: State, stage: Stage | None) -> tuple[str, ...]:
    """Lines to begin with, for the packet's destination; those that need its address are left out without one."""
    groups = stage["destinations"] if stage is not None else ()
    hosts = {option["value"]: option["host"] for group in groups for option in group["options"]}
    destination = state.flow.destination
    host = hosts.get(destination, "" if "/" in destination else destination)
    return tuple(line.format(host=host) for line in SUGGESTIONS if host or "{host}" not in line)
