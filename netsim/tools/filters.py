"""What a program's output is piped to: ``grep``, ``head``, ``tail`` and ``wc``, with the options people use most.

What they print, and their exit codes, are those of POSIX.1-2024, XCU 3. Patterns of grep are plain text with ``.*``,
``^`` and ``$``, and alternatives (``\\|``, or ``|`` with -E); no other regular expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from netsim.tools.machine import Output
from netsim.tools.options import Options, UsageError, parse

Filter = Callable[[str, Sequence[str]], Output]

ANYTHING = ".*"
DEFAULT_LINES = 10


def grep(text: str, words: Sequence[str]) -> Output:
    """The lines that have the pattern; exit code 1 where none has."""
    options = parse("grep", words, "icvEFe:")
    patterns = [*options.texts("-e"), *options.operands]
    if len(patterns) != 1:
        raise UsageError("Usage: grep [-icvEF] PATTERN", 2)
    wanted = patterns[0].casefold() if "-i" in options else patterns[0]
    alternatives = [wanted] if "-F" in options else wanted.split("|" if "-E" in options else "\\|")
    found = []
    for line in text.splitlines():
        compared = line.casefold() if "-i" in options else line
        if any(_has(compared, each, "-F" in options) for each in alternatives) is not ("-v" in options):
            found.append(line)
    shown = [str(len(found))] if "-c" in options else found
    return Output("".join(f"{line}\n" for line in shown), 0 if found else 1)


def head(text: str, words: Sequence[str]) -> Output:
    return Output("".join(text.splitlines(keepends=True)[: _lines("head", words)]))


def tail(text: str, words: Sequence[str]) -> Output:
    lines = text.splitlines(keepends=True)
    return Output("".join(lines[max(0, len(lines) - _lines("tail", words)) :]))


def wc(text: str, words: Sequence[str]) -> Output:
    """Lines, words and bytes; with -l lines alone."""
    counts = [len(text.splitlines())]
    if "-l" not in parse("wc", words, "l"):
        counts += [len(text.split()), len(text.encode())]
    return Output(" ".join(map(str, counts)) + "\n")


def _has(line: str, pattern: str, literal: bool) -> bool:
    if literal:
        return pattern in line
    starts, ends = pattern.startswith("^"), pattern.endswith("$")
    pieces = pattern.removeprefix("^").removesuffix("$").replace("\\.", ".").split(ANYTHING)
    if starts and not line.startswith(pieces[0]):
        return False
    if ends and not line.endswith(pieces[-1]):
        return False
    place = 0
    for piece in pieces:
        place = line.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return True


def _lines(program: str, words: Sequence[str]) -> int:
    """``-n 3`` or ``-3``; UsageError for anything else."""
    usual = [f"-n{word[1:]}" if word[1:].isdecimal() and word.startswith("-") else word for word in words]
    options: Options = parse(program, usual, "n:")
    return options.number("-n", default=DEFAULT_LINES, lowest=0, highest=10_000, program=program)


FILTERS: Mapping[str, Filter] = {"grep": grep, "head": head, "tail": tail, "wc": wc}
