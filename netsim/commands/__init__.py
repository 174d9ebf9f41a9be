"""The commands of ``python -m netsim``, one module each: what it asks for, and the text or JSON that it prints."""

from __future__ import annotations

from netsim.commands import cni, dns, explain, faults, http, objects, proxy, reach, render, run, show, status, trace
from netsim.commands.command import Command

COMMANDS: tuple[Command, ...] = (
    trace.COMMAND,
    http.COMMAND,
    proxy.COMMAND,
    reach.COMMAND,
    explain.COMMAND,
    dns.COMMAND,
    run.COMMAND,
    objects.COMMAND,
    show.COMMAND,
    status.COMMAND,
    cni.COMMAND,
    faults.COMMAND,
    render.COMMAND,
)
