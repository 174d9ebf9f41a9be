"""The Container Network Interface itself: a runtime asks plugins to give a container its network, and to take it away.

    machine = Machine(network, host)
    sandbox = machine.make_sandbox("/var/run/netns/c1", "shop/web-0")
    runtime = Runtime(Binaries(machine))
    result = runtime.add(read_configuration_list("10-net.conflist", text), Attachment("c1", "/var/run/netns/c1"))
    [(step.plugin, step.command, step.stdin, step.stdout) for step in runtime.binaries.invocations]

Read next: ``configuration`` (the list), ``runtime`` (who is run, in which order), ``execution`` (one run), ``requests``
(what a plugin checks), ``results`` (what it answers), ``plugins`` (what the reference plugins do to the kernel).
"""

from netsim.cni.protocol.configuration import NetworkConfigurationList, PluginConfiguration, read_configuration_list
from netsim.cni.protocol.errors import CniError, Code
from netsim.cni.protocol.execution import Binaries, Invocation
from netsim.cni.protocol.machine import Machine
from netsim.cni.protocol.requests import COMMANDS, Environment
from netsim.cni.protocol.runtime import Attachment, Runtime

__all__ = [
    "COMMANDS",
    "Attachment",
    "Binaries",
    "CniError",
    "Code",
    "Environment",
    "Invocation",
    "Machine",
    "NetworkConfigurationList",
    "PluginConfiguration",
    "Runtime",
    "read_configuration_list",
]
