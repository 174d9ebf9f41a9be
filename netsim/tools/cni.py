"""A configuration list run command after command on a machine of its own, as JSON values and as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from netsim.cni.protocol import (
    COMMANDS,
    Attachment,
    Binaries,
    CniError,
    Invocation,
    Machine,
    NetworkConfigurationList,
    Runtime,
    read_configuration_list,
)
from netsim.errors import NetsimError
from netsim.linux.namespace import NetworkNamespace
from netsim.network import Network

MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class CommandRun:
    """One command of the runtime: what the plugins were asked and said, and the error that ended it, if any."""

    command: str
    invocations: tuple[Invocation, ...]
    error: CniError | None


def run_commands(
    file: str, text: str, commands: list[str], attachment: Attachment, files: Mapping[str, str] = MappingProxyType({})
) -> tuple[CommandRun, ...]:
    """Run the commands in turn for one container on a new machine with these files, which remembers from one to the
    next.

    GC counts the container as gone. Raises InputError for a list that cannot be read, NetsimError for other commands.
    """
    unknown = [command for command in commands if command not in COMMANDS]
    if unknown:
        raise NetsimError(f"{unknown[0]!r} is no command of CNI; known: {', '.join(COMMANDS)}")
    network = read_configuration_list(file, text)
    machine = Machine(Network(), NetworkNamespace(MACHINE, node=MACHINE))
    machine.network.add(machine.host)
    machine.files.update(files)
    machine.make_sandbox(attachment.netns, attachment.container)
    runtime = Runtime(Binaries(machine))
    return tuple(_run(runtime, network, command, attachment) for command in commands)


def _run(runtime: Runtime, network: NetworkConfigurationList, command: str, attachment: Attachment) -> CommandRun:
    before = len(runtime.binaries.invocations)
    error: CniError | None = None
    try:
        match command:
            case "ADD":
                runtime.add(network, attachment)
            case "DEL":
                runtime.delete(network, attachment)
            case "CHECK":
                runtime.check(network, attachment)
            case "STATUS":
                runtime.status(network)
            case "VERSION":
                runtime.versions(network)
            case "GC":
                error = next(iter(runtime.collect_garbage(network, [])), None)
    except CniError as raised:
        error = raised
    return CommandRun(command, tuple(runtime.binaries.invocations[before:]), error)


def runs_document(runs: tuple[CommandRun, ...]) -> dict[str, Any]:
    """As ``python -m netsim cni --json`` prints them."""
    return {
        "commands": [
            {
                "command": run.command,
                "error": None if run.error is None else run.error.document(),
                "invocations": [invocation.document() for invocation in run.invocations],
            }
            for run in runs
        ]
    }


def runs_text(runs: tuple[CommandRun, ...]) -> str:
    """Each invocation with its standard input and output; what a plugin ran itself is indented."""
    lines = []
    for run in runs:
        lines += [line for invocation in run.invocations for line in _invocation_lines(invocation)]
        lines += [f"{run.command}: {'done' if run.error is None else run.error}", ""]
    return "\n".join(lines)


def _invocation_lines(invocation: Invocation) -> list[str]:
    indent = "    " * invocation.depth
    words = " ".join(f"{name}={value}" for name, value in invocation.environment.items())
    lines = [f"$ {words} {invocation.plugin}", f"< {invocation.stdin}"]
    if invocation.stdout:
        mark = "!" if invocation.failed else ">"
        lines.append(f"{mark} {json.dumps(json.loads(invocation.stdout), separators=(',', ':'))}")
    return [f"{indent}{line}" for line in lines]
