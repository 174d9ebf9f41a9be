"""Words of a kubectl line as flags and operands, as spf13/pflag reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from netsim.tools.options import UsageError

NAMESPACE = {"-n": "--namespace"}
SWITCH = False
VALUE = True


@dataclass(slots=True)
class Arguments:
    """``command`` is what stands after ``--``, None without it; a flag has the values that were given, in order."""

    operands: list[str] = field(default_factory=list)
    flags: dict[str, list[str]] = field(default_factory=dict)
    command: list[str] | None = None

    def __contains__(self, flag: str) -> bool:
        return self.flags.get(flag, ["false"])[-1] != "false"

    def text(self, flag: str, default: str = "") -> str:
        return self.flags.get(flag, [default])[-1]

    @property
    def namespace(self) -> str:
        """That of the flag, else the one that an untouched kubeconfig names."""
        return self.text("--namespace", "default")


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags of one subcommand: whether each takes a value, and the short forms."""

    subcommand: str
    known: Mapping[str, bool]
    short: Mapping[str, str] = field(default_factory=dict)

    def parse(self, words: Sequence[str]) -> Arguments:
        """UsageError, exit code 1, for a flag that there is not and for one without its value."""
        found = Arguments()
        rest = iter(words)
        for word in rest:
            if word == "--":
                found.command = list(rest)
            elif word.startswith("--"):
                self._long(word, rest, found)
            elif word.startswith("-") and word != "-":
                self._short(word, rest, found)
            else:
                found.operands.append(word)
        return found

    def _long(self, word: str, rest: Iterator[str], found: Arguments) -> None:
        name, equals, value = word.partition("=")
        if name not in self._all:
            raise self._error(f"unknown flag: {name}")
        if not equals:
            value = self._next(rest, name) if self._all[name] else "true"
        found.flags.setdefault(name, []).append(value)

    def _short(self, word: str, rest: Iterator[str], found: Arguments) -> None:
        """Several switches may share a dash; the value of a flag may follow it at once."""
        letters = word[1:]
        while letters:
            letter, letters = f"-{letters[0]}", letters[1:]
            name = (NAMESPACE | dict(self.short)).get(letter)
            if name is None:
                raise self._error(f"unknown shorthand flag: '{letter[1]}' in {word}")
            if not self._all[name]:
                found.flags.setdefault(name, []).append("true")
                continue
            value = letters.removeprefix("=") or self._next(rest, f"'{letter[1]}' in {word}")
            found.flags.setdefault(name, []).append(value)
            return

    def _next(self, rest: Iterator[str], flag: str) -> str:
        value = next(rest, None)
        if value is None:
            raise self._error(f"flag needs an argument: {flag}")
        return value

    @property
    def _all(self) -> Mapping[str, bool]:
        return {"--namespace": VALUE, **self.known}

    def _error(self, message: str) -> UsageError:
        return UsageError(f"error: {message}\nSee 'kubectl {self.subcommand} --help' for usage.", 1)
