"""``kubectl events``: the Events of a namespace, or of one object (kubectl pkg/cmd/events event_printer.go)."""

from __future__ import annotations

from netsim.tools.kubectl.arguments import SWITCH, VALUE, Arguments, Flags
from netsim.tools.kubectl.columns import AGE
from netsim.tools.kubectl.events import Event, events_of
from netsim.tools.kubectl.resources import resource_named
from netsim.tools.kubectl.selection import SPACES
from netsim.tools.kubectl.tables import Row, table
from netsim.tools.machine import Machine, Output
from netsim.tools.options import UsageError

FLAGS = Flags("events", {SPACES: SWITCH, "--for": VALUE, "--types": VALUE, "--no-headers": SWITCH}, {"-A": SPACES})
TYPES = ("Normal", "Warning")
HEADINGS = ("NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE")


def run(machine: Machine, words: list[str]) -> Output:
    arguments = FLAGS.parse(words)
    found = [each for each in events_of(machine.cluster) if _wanted(each, arguments)]
    if not found:
        where = "" if SPACES in arguments else f" in {arguments.namespace} namespace"
        return Output(f"No events found{where}.\n")
    spaced = SPACES in arguments
    rows = [_row(each, spaced) for each in sorted(found, key=lambda each: each.key)]
    return Output(table(rows if "--no-headers" in arguments else [HEADINGS if spaced else HEADINGS[1:], *rows]))


def _row(event: Event, spaced: bool) -> Row:
    """The kind of the object in capitals and small letters, unlike in ``kubectl get events``."""
    cells = [AGE, event.type, event.reason, f"{event.about.kind}/{event.about.name}", event.message]
    return [event.namespace, *cells] if spaced else cells


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
