"""``kubectl events``: the Events of a namespace, or of one object."""

from __future__ import annotations

from netsim.tools.kubectl.arguments import SWITCH, VALUE, Arguments, Flags
from netsim.tools.kubectl.events import Event, events_of
from netsim.tools.kubectl.get import tables
from netsim.tools.kubectl.resources import EVENTS, resource_named
from netsim.tools.kubectl.selection import SPACES, Selected
from netsim.tools.machine import Machine, Output
from netsim.tools.options import UsageError

FLAGS = Flags("events", {SPACES: SWITCH, "--for": VALUE, "--types": VALUE, "--no-headers": SWITCH}, {"-A": SPACES})
TYPES = ("Normal", "Warning")


def run(machine: Machine, words: list[str]) -> Output:
    arguments = FLAGS.parse(words)
    found = [each for each in events_of(machine.cluster) if _wanted(each, arguments)]
    if not found:
        where = "" if SPACES in arguments else f" in {arguments.namespace} namespace"
        return Output(f"No events found{where}.\n")
    selected = Selected(EVENTS, tuple(sorted(found, key=lambda each: each.key)))
    return Output(tables(machine.cluster, [selected], arguments))


def _wanted(event: Event, arguments: Arguments) -> bool:
    if SPACES not in arguments and event.namespace != arguments.namespace:
        return False
    types = [each.capitalize() for each in arguments.text("--types").split(",") if each]
    if any(each not in TYPES for each in types):
        raise UsageError("error: valid --types are: Normal or Warning", 1)
    return (not types or event.type in types) and _is_about(event, arguments.text("--for"))


def _is_about(event: Event, subject: str) -> bool:
    if not subject:
        return True
    kind, slash, name = subject.partition("/")
    if not slash:
        raise UsageError(f'error: --for must be in resource/name form, not "{subject}"', 1)
    return (event.about.kind, event.about.name) == (resource_named(kind).kind, name)
