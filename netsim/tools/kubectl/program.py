"""The program ``kubectl``: its subcommands, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netsim.tools.kubectl import describe, eventlist, execute, get, logs
from netsim.tools.kubectl.arguments import Flags
from netsim.tools.kubectl.columns import AGE
from netsim.tools.kubectl.columns_core import VERSION
from netsim.tools.kubectl.resources import RESOURCES
from netsim.tools.kubectl.tables import table
from netsim.tools.machine import Machine, Output
from netsim.tools.options import UsageError

Subcommand = Callable[[Machine, list[str]], Output]

READ_ONLY = (
    "annotate", "apply", "auth", "autoscale", "cordon", "create", "delete", "drain", "edit", "expose", "label", "patch",
    "replace", "rollout", "run", "scale", "set", "taint", "uncordon",
)  # fmt: skip
"""What would change objects, or ask who may."""

NOT_SIMULATED = (
    "attach", "certificate", "cluster-info", "config", "cp", "debug", "diff", "explain", "kustomize", "port-forward",
    "proxy", "top", "wait",
)  # fmt: skip


def run(machine: Machine, words: list[str]) -> Output:
    """Run one line; its exit code is 1 for whatever kubectl or the API server refuses."""
    name, rest = _divided(words)
    if name in ("", "help", "--help", "-h"):
        return Output(_help())
    if name in READ_ONLY:
        raise UsageError("error: this simulated API server is read-only here; change the scene by its switches", 1)
    if name in NOT_SIMULATED:
        raise UsageError(f"error: kubectl {name} is not simulated here; there is {', '.join(sorted(SUBCOMMANDS))}", 1)
    if name not in SUBCOMMANDS:
        raise UsageError(f'error: unknown command "{name}" for "kubectl"', 1)
    if any(word in ("--help", "-h") for word in rest[: rest.index("--") if "--" in rest else None]):
        return Output(_help())
    return SUBCOMMANDS[name](machine, rest)


def _divided(words: list[str]) -> tuple[str, list[str]]:
    """The subcommand and its words; a namespace may be given before it."""
    place = 0
    while place < len(words) and words[place].startswith("-") and words[place] not in ("-h", "--help"):
        place += 2 if words[place] in ("-n", "--namespace") else 1
    name = words[place] if place < len(words) else ""
    return name, words[:place] + words[place + 1 :]


def api_resources(machine: Machine, words: list[str]) -> Output:
    """``kubectl api-resources``: what this API server serves."""
    Flags("api-resources", {}).parse(words)
    rows = [["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]]
    rows += [[r.plural, ",".join(r.short), r.version, str(r.namespaced).lower(), r.kind] for r in RESOURCES]
    return Output(table(rows))


def version(machine: Machine, words: list[str]) -> Output:
    Flags("version", {}).parse(words)
    return Output(f"Client Version: {VERSION}\nServer Version: {VERSION}\n")


def _help() -> str:
    about = f"kubectl of a simulated cluster, read-only. The cluster has no clock, so every age is {AGE}."
    return f"{about}\n\nCommands: {', '.join(sorted(SUBCOMMANDS))}\n"


SUBCOMMANDS: Mapping[str, Subcommand] = {
    "api-resources": api_resources,
    "describe": describe.run,
    "events": eventlist.run,
    "exec": execute.run,
    "get": get.run,
    "logs": logs.run,
    "version": version,
}
