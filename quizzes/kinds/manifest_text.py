"""Manifests that learners write: bounded, of kinds that the question asks for, and such that a cluster accepts them.

    require_manifests(text, kinds)       without a cluster: length, YAML, keys and values, kinds
    require_accepted(text, scenario)     in the question's cluster: addresses and node ports that are taken …

Both raise InvalidAnswerError with line and key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from functools import lru_cache

import yaml
from django.utils.text import capfirst
from django.utils.translation import gettext as _

import netsim
from lessons.runs.scenarios import Scenario
from quizzes.errors import InvalidAnswerError

MOST_BYTES = 20_000
MOST_DOCUMENTS = 12
FILE = "answer.yaml"
PLACE = re.compile(rf"\b{re.escape(FILE)}:(\d+)(?:: )?")
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Written = tuple[int, str]  # (line, kind) of one document


def require_manifests(text: str, kinds: Collection[str]) -> None:
    """Reads the text as a cluster of its own, which nothing of the question's scene is in."""
    size = len(text.encode())
    if size > MOST_BYTES:
        message = _("Your answer is %(size)s bytes long; %(most)s are allowed.")
        raise InvalidAnswerError(message % {"size": size, "most": MOST_BYTES})
    if problem := refusal("", (), "[]", text):
        raise InvalidAnswerError(in_words(problem))
    documents = written_kinds(text)
    if not documents:
        raise InvalidAnswerError(_("There is no object in your answer yet, only comments or empty documents."))
    if len(documents) > MOST_DOCUMENTS:
        message = _("Your answer has %(count)s objects; %(most)s are allowed.")
        raise InvalidAnswerError(message % {"count": len(documents), "most": MOST_DOCUMENTS})
    for line, kind in documents:
        if kind not in kinds:
            message = _("Line %(line)s: kind %(kind)s cannot be used here. Write %(kinds)s.")
            raise InvalidAnswerError(message % {"line": line, "kind": kind, "kinds": ", ".join(kinds)})


def require_accepted(text: str, scenario: Scenario) -> None:
    faults = json.dumps([fault.document() for fault in scenario.faults])
    if problem := refusal(scenario.manifests, scenario.changes, faults, text):
        raise InvalidAnswerError(in_words(problem))


@lru_cache(maxsize=256)
def refusal(scene: str, changes: tuple[str, ...], faults: str, text: str) -> str:
    """Why the engine does not accept the text on top of a scene, in its own words; "" where it does.

    `faults` are FaultSpec documents, as JSON.
    """
    named = [netsim.Fault(each["name"], each.get("options", {})) for each in json.loads(faults)]
    earlier = [(f"changes-{number}.yaml", change) for number, change in enumerate(changes, start=1)]
    try:
        netsim.Simulation(netsim.load_cluster([("scene.yaml", scene)], [*earlier, (FILE, text)], named))
    except netsim.NetsimError as error:
        return str(error)
    return ""


def written_kinds(text: str) -> tuple[Written, ...]:
    """The line and the kind of each document of a text that the engine has read."""
    nodes = [node for node in yaml.compose_all(text, Loader=Loader) if isinstance(node, yaml.MappingNode)]
    return tuple((node.start_mark.line + 1, kind_of(node)) for node in nodes)


def kind_of(node: yaml.MappingNode) -> str:
    return next((str(value.value) for key, value in node.value if key.value == "kind"), "")


def in_words(problem: str) -> str:
    """The engine's message, its place in the words of somebody who sees one text and no file."""
    return capfirst(PLACE.sub(lambda place: _("line %(line)s: ") % {"line": place[1]}, problem).strip())


def name_of(text: str) -> str:
    """What the text makes, in one line: “NetworkPolicy, Service”."""
    try:
        return ", ".join(kind for _line, kind in written_kinds(text))
    except yaml.YAMLError:
        return ""
