"""Words of a command line as options and operands, as getopt(3) reads them."""

from __future__ import annotations

import getopt
from collections.abc import Sequence


class UsageError(Exception):
    """A command line that the program refuses: what it prints, and its exit code."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.text = text if text.endswith("\n") else f"{text}\n"
        self.exit_code = exit_code


class Options:
    """The options of a command line by name, such as ``-c`` and ``--max-time``, and its operands."""

    def __init__(self, found: list[tuple[str, str]], operands: list[str]) -> None:
        self._found = dict(found)
        self._all = found
        self.operands = operands

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def any(self, *names: str) -> bool:
        return any(name in self._found for name in names)

    def text(self, *names: str, default: str = "") -> str:
        """The value of the first of these options that was given."""
        return next((self._found[name] for name in names if name in self._found), default)

    def texts(self, *names: str) -> tuple[str, ...]:
        """The values of every one of these options, in order."""
        return tuple(value for name, value in self._all if name in names)

    def number(self, *names: str, default: int, lowest: int, highest: int, program: str) -> int:
        """A whole number; UsageError, exit code 2, for anything else."""
        text = self.text(*names)
        if not text:
            return default
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            message = f"{program}: invalid argument: '{text}': out of range: {lowest} <= value <= {highest}"
            raise UsageError(message, 2 if program == "traceroute" else 1)
        return int(text)


def parse(
    program: str, words: Sequence[str], short: str, long: Sequence[str] = (), exit_code: int = 2, hint: str = ""
) -> Options:
    """Read the words; options may stand among the operands. UsageError for an option that the program does not have."""
    try:
        found, operands = getopt.gnu_getopt(list(words), short, list(long))
    except getopt.GetoptError as error:
        raise UsageError(_message(program, error) + hint, exit_code) from None
    return Options(found, operands)


def _message(program: str, error: getopt.GetoptError) -> str:
    """As getopt of the C library says it."""
    missing = "requires argument" in error.msg
    if len(error.opt) == 1:
        what = "option requires an argument" if missing else "invalid option"
        return f"{program}: {what} -- '{error.opt}'\n"
    what = f"option '--{error.opt}' requires an argument" if missing else f"unrecognized option '--{error.opt}'"
    return f"{program}: {what}\n"
