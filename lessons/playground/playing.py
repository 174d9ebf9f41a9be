"""The playground: a lesson's scene as the learner's own. Any packet, any data plane, what the lesson lets be switched.

    page = open_playground(lesson, request.GET)      all that templates/lessons/playground/_playground.html shows
    page.stage, page.trace, page.other, page.matrix  what the engine says (runs.answers), or None where not asked

The state is in the query (lessons.playground.state), the cluster made of it in lessons.playground.cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lessons import comparison
from lessons.content.schema import parse
from lessons.models import Lesson, SimulationRun
from lessons.picture.alignment import Pair, aligned
from lessons.playground import cluster as playground_cluster
from lessons.playground.data_planes import DATA_PLANES, PROXIES
from lessons.playground.differences import MachineDifference, differences
from lessons.playground.form import PROTOCOLS, Form, form_of
from lessons.playground.schema import PlaygroundContent
from lessons.playground.state import OTHER, Query, Setup, Side, State, read_state
from lessons.runs import plays
from lessons.runs.answers import Answer, Asked, ask_all
from lessons.runs.polling import WAIT_SECONDS, poll_delay
from lessons.runs.scenarios import Scenario

Kind = SimulationRun.Kind
Text = str | Promise


class NoPlaygroundError(Exception):
    """The lesson has no scene, or no playground."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that differs from the scene, and the query of the state without it."""

    label: Text
    kind: str
    undo: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`facts` is a table of lessons.comparison; `pairs` are the two ways, row by row."""

    facts: dict[str, Any]
    pairs: tuple[Pair, ...]

    @property
    def differences(self) -> int:
        return sum(bool(pair.only or pair.differences) for pair in self.pairs)


@dataclass(frozen=True)
class Playground:
    """What the page shows. `poll_ms` is when it asks again for what is not there yet, None for never."""

    lesson: Lesson
    content: PlaygroundContent
    state: State
    stage: Answer
    problems: tuple[str, ...] = ()
    base: Answer | None = None
    trace: Answer | None = None
    other: Answer | None = None
    matrix: Answer | None = None
    poll: int = 0

    @property
    def diagram(self) -> dict[str, Any] | None:
        """The picture of what was sent, else of the cluster alone."""
        for answer in (self.trace, self.stage, self.base):
            if answer is not None and answer.result is not None:
                return dict(answer.result["diagram"])
        return None

    @cached_property
    def form(self) -> Form:
        offered = next((each.result for each in (self.stage, self.base) if each is not None and each.result), None)
        return form_of(self.content, self.state, offered, _policies_of(self.lesson))

    @property
    def policies(self) -> str:
        """The policies of the cluster, to be edited."""
        assert self.lesson.scene is not None  # noqa: S101 (content_of has seen it)
        return playground_cluster.written_policies(self.lesson.scene.manifests, self.content, self.state.setup)

    @property
    def compare_fields(self) -> list[tuple[str, str]]:
        """What the form of side B has to send besides its own fields: side A, sent, and the packet of B."""
        mine = {f"{OTHER}{key}" for key in ("dp", "proxy", "on", "off")}
        return [pair for pair in replace(self.state, sent=True).pairs() if pair[0] not in mine]

    @property
    def matrix_fields(self) -> list[tuple[str, str]]:
        return [pair for pair in self.state.pairs() if pair[0] not in ("m-port", "m-protocol", "why")]

    @property
    def policy_fields(self) -> list[tuple[str, str]]:
        return [pair for pair in self.state.pairs() if pair[0] not in ("np", "why")]

    @property
    def pinned(self) -> State:
        """The packet above as side B, so that the next one can be compared with it."""
        return self.state.compared_with(self.state.now)

    @property
    def unpinned(self) -> State:
        return self.state.compared_with(None)

    @property
    def scene_policies(self) -> State:
        return self.state.with_setup(policies=None)

    @property
    def reach_port(self) -> str:
        """The port that the matrix is about: the chosen one, else the one that was answered."""
        answered = self.matrix.result if self.matrix is not None and self.matrix.result is not None else {}
        return self.state.reach.port or str(answered.get("port", ""))

    @property
    def protocols(self) -> tuple[str, ...]:
        return PROTOCOLS

    @property
    def inspected(self) -> SimulationRun | None:
        """The run whose devices can be looked into."""
        return next((each.run for each in (self.trace, self.stage) if each is not None and each.result), None)

    @property
    def answers(self) -> tuple[Answer, ...]:
        return tuple(each for each in (self.stage, self.base, self.trace, self.other, self.matrix) if each is not None)

    @property
    def poll_ms(self) -> int | None:
        waiting = [each for each in self.answers if each.result is None and not each.refused]
        return poll_delay(self.poll, slow=any(each.state == "unavailable" for each in waiting)) if waiting else None

    @cached_property
    def comparison(self) -> Comparison | None:
        """The packet now beside the other one, as soon as both are traced."""
        found = [each.result for each in (self.trace, self.other) if each is not None and each.result is not None]
        if len(found) < 2:
            return None
        results = [(each["exchange"], each["rows"]) for each in found]
        table = comparison.table("probe", [_("A: now"), _("B")], results)
        return Comparison(table, aligned(found[0]["rows"], found[1]["rows"]))

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(_changes(self.state, self.content))

    @property
    def packet_query(self) -> str:
        """What repeats the packet that is shown, alone; "" while there is none."""
        return State(self.state.now, sent=True).query() if self.trace is not None and self.trace.result else ""

    @property
    def packet_label(self) -> str:
        return _label(self.state.now, self.content)

    @property
    def other_label(self) -> str:
        return _label(self.state.other, self.content) if self.state.other is not None else ""

    @property
    def differences(self) -> tuple[MachineDifference, ...]:
        """What the changes did to the nodes."""
        if self.base is None or self.base.result is None or self.stage.result is None:
            return ()
        return differences(self.base.result["machines"], self.stage.result["machines"])

    @property
    def command(self) -> str:
        """The same question at the engine's command line, for the file that can be downloaded."""
        flow = self.state.flow
        host = f"[{flow.destination}]" if flow.destination.count(":") > 1 and flow.port else flow.destination
        to = f"{host}:{flow.port}" if flow.port else host
        parts = ["python -m netsim trace scene.yaml", f"--from {flow.source}", f"--to {to}"]
        parts += [f"--protocol {flow.protocol}"] if flow.protocol != "tcp" else []
        parts += [f"--seed {flow.seed}"] if flow.seed else []
        return " ".join(parts)


def content_of(lesson: Lesson) -> PlaygroundContent:
    """Raises NoPlaygroundError where the lesson has none, ContentError where it is malformed."""
    if not lesson.playground or lesson.scene is None:
        raise NoPlaygroundError
    return parse(PlaygroundContent, lesson.playground, "playground")


def read(lesson: Lesson, query: Query) -> tuple[PlaygroundContent, State, tuple[str, ...]]:
    """What the lesson offers, the state in an address, and what of it does not fit. Raises as content_of does."""
    content = content_of(lesson)
    return content, *read_state(query, content, _policies_of(lesson))


def _policies_of(lesson: Lesson) -> tuple[str, ...]:
    assert lesson.scene is not None  # noqa: S101 (content_of has seen it)
    return playground_cluster.policy_names(lesson.scene.manifests)


def open_playground(lesson: Lesson, query: Query, *, poll: int = 0) -> Playground:
    """Asks the engine for all that the state needs, and waits for it a moment.

    Raises NoPlaygroundError, and ContentError for content that was damaged in the database.
    """
    _content, state, problems = read(lesson, query)
    page = show_state(lesson, state, poll=poll)
    return replace(page, problems=problems)


def show_state(lesson: Lesson, state: State, *, poll: int = 0) -> Playground:
    """The same for a state that is known already."""
    content = content_of(lesson)
    questions = dict(_questions(lesson, content, state))
    answers = ask_all(list(questions.values()), wait_seconds=WAIT_SECONDS)
    found: dict[str, Any] = dict(zip(questions, answers, strict=True))
    return Playground(lesson, content, state, poll=poll, **found)


def state_before(page: Playground, query: Query) -> str:
    """The query of an earlier state, "" where it is the state that is shown, sent or not."""
    _content, earlier, _problems = read(page.lesson, query)
    return earlier.query() if replace(earlier, sent=page.state.sent) != page.state else ""


def scenario_of(lesson: Lesson, content: PlaygroundContent, side: Side) -> Scenario:
    assert lesson.scene is not None  # noqa: S101 (content_of has seen it)
    return playground_cluster.scenario(lesson.scene.manifests, content, side)


def bundle_of(lesson: Lesson, query: Query) -> str:
    """The state's cluster as one file of manifests. Raises NoPlaygroundError and ContentError."""
    content, state, _problems = read(lesson, query)
    return playground_cluster.bundle(scenario_of(lesson, content, state.now))


def _questions(
    lesson: Lesson, content: PlaygroundContent, state: State
) -> Iterator[tuple[str, tuple[str, Asked]]]:  # fmt: skip
    scenario = scenario_of(lesson, content, state.now)
    yield "stage", (Kind.STAGE, plays.Question(playground_cluster.request(scenario)))
    if state.setup != Setup():
        base = scenario_of(lesson, content, replace(state.now, setup=Setup()))
        yield "base", (Kind.STAGE, plays.Question(playground_cluster.request(base)))
    if state.sent:
        yield "trace", (Kind.TRACE, scenario)
        if state.other is not None:
            yield "other", (Kind.TRACE, scenario_of(lesson, content, state.other))
    if "matrix" in content.tools:
        yield "matrix", (Kind.MATRIX, plays.Question(matrix_request(scenario, content, state)))


def matrix_request(scenario: Scenario, content: PlaygroundContent, state: State) -> dict[str, Any]:
    pods = content.show.pods
    return playground_cluster.request(scenario) | {
        "question": {
            "protocol": state.reach.protocol,
            "port": state.reach.port or None,
            "pods": list(pods) if pods is not None else None,
            "why": list(state.why) if state.why else None,
        }
    }


def _label(side: Side, content: PlaygroundContent) -> str:
    """A packet and its cluster in short."""
    port = f":{side.flow.port}" if side.flow.port else ""
    protocol = f" ({side.flow.protocol.upper()})" if side.flow.protocol != "tcp" else ""
    changes = [str(change.label) for change in _changes(State(side), content)] or [_("the scene as it is")]
    return " · ".join([f"{side.flow.source} → {side.flow.destination}{port}{protocol}", *changes])


def _changes(state: State, content: PlaygroundContent) -> Iterator[Change]:
    setup = state.setup
    if setup.data_plane:
        yield Change(DATA_PLANES[setup.data_plane].label, "plane", state.with_setup(data_plane="").query())
    if setup.proxy:
        yield Change(PROXIES[setup.proxy], "proxy", state.with_setup(proxy="").query())
    for toggle in content.toggles:
        if toggle.slug in setup.toggles:
            yield Change(toggle.label, toggle.kind, state.without(toggle.slug).query())
    for name in setup.removed:
        yield Change(_("Without the policy %(name)s") % {"name": name}, "policy", state.with_policy(name).query())
    if setup.policies is not None:
        yield Change(_("Policies edited by you"), "policy", state.with_setup(policies=None).query())
