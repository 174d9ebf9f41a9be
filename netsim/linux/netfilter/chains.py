"""The chains of a table by name, some of which are written down only when somebody looks."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netsim.linux.netfilter.rules import Chain

Write = Callable[[], Mapping[str, "Chain"]]


class Chains(dict[str, "Chain"]):
    """A dict that can be promised chains: a packet needs few of the thousands that kube-proxy writes.

    A promised chain is there as soon as it is asked for by name; asking for all chains writes every promised one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._promised: dict[str, Write] = {}
        self._led_to: set[str] = set()

    def promise(self, names: Iterable[str], write: Write, leading_to: str) -> None:
        """``write`` makes the chains of these names, and others, called ``leading_to``…, that only they lead to."""
        for name in names:
            self._promised[name] = write
        self._led_to.add(leading_to)

    def _look_for(self, name: object) -> bool:
        """Write what may hold the chain; whether it is there."""
        if super().__contains__(name):
            return True
        if name in self._promised:
            self._keep(self._promised[str(name)])
        elif isinstance(name, str) and any(name.startswith(prefix) for prefix in self._led_to):
            self._write_all()
        return super().__contains__(name)

    def _write_all(self) -> None:
        for write in dict.fromkeys(self._promised.values()):
            self._keep(write)

    def _keep(self, write: Write) -> None:
        for name, chain in write().items():
            self._promised.pop(name, None)
            super().setdefault(name, chain)

    def __missing__(self, name: str) -> Chain:
        if self._look_for(name):
            return super().__getitem__(name)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in self._promised or self._look_for(name)

    def __delitem__(self, name: str) -> None:
        self._look_for(name)
        super().__delitem__(name)

    def __iter__(self) -> Iterator[str]:
        self._write_all()
        return super().__iter__()

    def __len__(self) -> int:
        self._write_all()
        return super().__len__()

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        self._write_all()
        return super().keys()

    def values(self) -> ValuesView[Chain]:  # type: ignore[override]
        self._write_all()
        return super().values()

    def items(self) -> ItemsView[str, Chain]:  # type: ignore[override]
        self._write_all()
        return super().items()

    def get(self, name: str, default: Any = None) -> Any:
        return super().__getitem__(name) if self._look_for(name) else default

    def setdefault(self, name: str, default: Chain) -> Chain:
        return super().__getitem__(name) if self._look_for(name) else super().setdefault(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        self._look_for(name)
        return super().pop(name, *default)

    def clear(self) -> None:
        self._promised.clear()
        super().clear()
