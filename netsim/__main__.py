"""The engine's command line: ``python -m netsim COMMAND FILE…``; see ``--help``, and that of each command."""

from __future__ import annotations

import argparse
import os
import sys

from netsim.commands import COMMANDS
from netsim.errors import NetsimError
from netsim.tools.machine import Output

PROGRAM = "python -m netsim"
EXIT_CODES = """\
exit codes:
  0  done; a packet that does not arrive is a result
  2  bad input; standard error says file:line: path.to.key: what is wrong
"""
BROKEN_PIPE = 141
"""What a shell reports for a program that SIGPIPE ended."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the value is the exit code."""
    options = _parsed(_parser(), sys.argv[1:] if arguments is None else arguments)
    try:
        result = options.run(options)
        output = result if isinstance(result, Output) else Output(result)
        print(output.text, end="", flush=True)
    except NetsimError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return output.exit_code


def _parsed(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """The options; ``program`` is what stands behind ``--``. argparse leaves over what stands behind the options, which
    is the query of a command that ends with one."""
    dashes = arguments.index("--") if "--" in arguments else len(arguments)
    options, rest = parser.parse_known_args(arguments[:dashes])
    options.program = arguments[dashes + 1 :]
    if options.program and not getattr(options, "takes_program", False):
        parser.error(f"unrecognized arguments: {' '.join(options.program)}")
    if rest and (len(rest) > 1 or rest[0].startswith("-") or not getattr(options, "ends_with_query", False)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.files += rest
    return options


def _parser() -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="What a packet does in a Kubernetes cluster, and why.",
        epilog=f"{EXIT_CODES}\n{PROGRAM} COMMAND --help has examples of each command.",
        formatter_class=plain,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        its_parser = commands.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            epilog=f"{command.examples}\n{EXIT_CODES}",
            formatter_class=plain,
        )
        command.add_arguments(its_parser)
        its_parser.set_defaults(run=command.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
