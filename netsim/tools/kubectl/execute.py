"""``kubectl exec``: a program in a Pod, in the session of the prompt."""

from __future__ import annotations

from netsim.kubernetes.objects import Pod
from netsim.tools.kubectl.arguments import SWITCH, VALUE, Flags
from netsim.tools.kubectl.targets import container_of, pod_of
from netsim.tools.machine import Machine, Output
from netsim.tools.options import UsageError
from netsim.tools.shell import INSTALLED, program_of, run_program

FLAGS = Flags(
    "exec",
    {"--container": VALUE, "--stdin": SWITCH, "--tty": SWITCH, "--quiet": SWITCH},
    {"-c": "--container", "-i": "--stdin", "-t": "--tty", "-q": "--quiet"},
)
HINT = "See 'kubectl exec -h' for help and examples"
NO_DASHES = f"error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\n{HINT}"
NOT_FOUND = 127
SHELLS = ("ash", "bash", "sh", "zsh")
NO_SHELL = "(The simulated Pods have no shell. Name the program itself after the dashes, such as: -- ip route)\n"


def run(machine: Machine, words: list[str]) -> Output:
    arguments = FLAGS.parse(words)
    if not arguments.operands:
        raise UsageError("error: pod, type/name or --filename must be specified", 1)
    if len(arguments.operands) > 1:
        raise UsageError(NO_DASHES, 1)
    if not arguments.command:
        raise UsageError("error: you must specify at least one command for the container", 1)
    pod = pod_of(machine.cluster, arguments, arguments.operands[0])
    container, note = container_of(pod, arguments)
    _check_running(pod, container)
    output = _run_in(machine.elsewhere(f"pod/{pod.namespace}/{pod.name}"), arguments.command)
    failed = f"command terminated with exit code {output.exit_code}\n" if output.exit_code else ""
    return Output(note + output.text + failed, output.exit_code)


def _check_running(pod: Pod, container: str) -> None:
    """Sources: streamLocation in pkg/registry/core/pod/strategy.go, kubectl's exec.go, and the kubelet's server."""
    if not pod.node_name:
        raise UsageError(f"Error from server (BadRequest): pod {pod.name} does not have a host assigned", 1)
    if pod.finished:
        raise UsageError(f"error: cannot exec into a container in a completed pod; current phase is {pod.phase}", 1)
    if not pod.pod_ips or pod.crash_loop:
        raise UsageError(f'error: unable to upgrade connection: container not found ("{container}")', 1)


def _run_in(machine: Machine, command: list[str]) -> Output:
    """Every Pod's image has the terminal's programs, and none of them has a shell or kubectl."""
    name, *words = command
    program = program_of(INSTALLED, name)
    if program is None:
        text = f'exec failed: unable to start container process: exec: "{name}": executable file not found in $PATH'
        hint = NO_SHELL if name.rpartition("/")[2] in SHELLS else ""
        return Output(f"OCI runtime exec failed: {text}: unknown\n{hint}", NOT_FOUND)
    return run_program(program, machine, name, words)
