"""``ip`` of iproute2: addresses, links, routes, neighbours and rules, as it prints them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import MAIN_TABLE, Route, RouteKind
from netsim.packet import IPAddress
from netsim.tools import ip_links
from netsim.tools.machine import Machine, Output, literal
from netsim.tools.options import UsageError

OBJECTS = ("address", "link", "neighbour", "neighbor", "route", "rule")
"""What stands after ``ip``; any beginning of a word will do, the first that fits."""

USAGE = "Usage: ip [ -4 | -6 | -br | -d ] { addr | link | route | neigh | rule } [ show | get ADDRESS ] [ dev NAME ]"


class _Request:
    """The options and words of one command line."""

    def __init__(self, words: list[str]) -> None:
        self.version: int | None = None
        self.brief = self.details = False
        self.words: list[str] = []
        for word in words:
            match word:
                case "-4" | "-6":
                    self.version = int(word[1])
                case "-br" | "-brief" | "--brief":
                    self.brief = True
                case "-d" | "-details":
                    self.details = True
                case "-o" | "-s" | "-n" | "-c" | "-color" | "-oneline":
                    continue
                case _ if word.startswith("-"):
                    raise UsageError(f'Option "{word}" is unknown, try "ip -help".', 255)
                case _:
                    self.words.append(word)

    def value(self, key: str) -> str:
        """The word after ``key``; "" without it."""
        if key in self.words[:-1]:
            return self.words[self.words.index(key) + 1]
        return ""


def run(machine: Machine, words: list[str]) -> Output:
    request = _Request(words)
    if not request.words:
        raise UsageError(USAGE, 255)
    name = next((each for each in OBJECTS if each.startswith(request.words[0])), None)
    if name is None:
        raise UsageError(f'Object "{request.words[0]}" is unknown, try "ip help".', 1)
    return _COMMANDS[name](machine, request)


def _action(request: _Request, *allowed: str) -> str:
    """``show`` unless another action is given. UsageError: one that is not allowed."""
    if len(request.words) < 2:
        return "show"
    word = request.words[1]
    if word in ("dev", "table", "to") or (word not in allowed and request.words[0].startswith(("a", "l"))):
        return "show"
    found = next((each for each in allowed if each.startswith(word)), None)
    if found is None and word in ("add", "del", "delete", "flush", "replace", "change", "set"):
        raise UsageError("RTNETLINK answers: Operation not permitted", 2)
    if found is None:
        raise UsageError(f'Command "{word}" is unknown, try "ip {request.words[0]} help".', 255)
    return "show" if found == "list" else found


def _device(machine: Machine, request: _Request) -> str:
    """The device that is asked for; "" for all."""
    keywords = ("show", "list", "ls", "up", "dev")
    name = request.value("dev") or next((word for word in request.words[1:] if word not in keywords), "")
    if name and name not in machine.kernel.interfaces:
        raise UsageError(f'Device "{name}" does not exist.', 1)
    return name


def _address(machine: Machine, request: _Request) -> Output:
    _refuse_changes(request)
    return Output(ip_links.addresses(machine, _device(machine, request), request.version, request.brief))


def _link(machine: Machine, request: _Request) -> Output:
    _refuse_changes(request)
    return Output(ip_links.links(machine, _device(machine, request), request.brief, request.details))


def _refuse_changes(request: _Request) -> None:
    if len(request.words) > 1 and request.words[1] in ("add", "del", "delete", "set", "flush", "change", "replace"):
        raise UsageError("RTNETLINK answers: Operation not permitted", 2)


def _neighbour(machine: Machine, request: _Request) -> Output:
    device, state = request.value("dev"), request.value("nud").upper()
    lines = []
    for entry in machine.neighbours():
        if device not in ("", entry.device) or request.version not in (None, entry.address.version):
            continue
        if state in ("", "ALL", entry.state):
            where = "" if device else f" dev {entry.device}"
            mac = f" lladdr {entry.mac}" if entry.mac is not None else ""
            lines.append(f"{entry.address}{where}{mac} {entry.state} ")
    return Output("".join(f"{line}\n" for line in lines))


def _rule(machine: Machine, request: _Request) -> Output:
    version = request.version or 4
    rules = [rule for rule in machine.kernel.routing_rules if rule.version == version]
    return Output("".join(f"{rule.priority}:\t{rule.text()}\n" for rule in rules))


def _route(machine: Machine, request: _Request) -> Output:
    if _action(request, "show", "list", "get") == "get":
        return _route_get(machine, request)
    kernel, version = machine.kernel, request.version or 4
    table = request.value("table") or MAIN_TABLE
    if table == "local":
        return Output("".join(f"{line} \n" for line in _local_routes(kernel, version)))
    lines = [route.text() for route in _table(kernel, table, version)]
    if table == "all":
        lines = [route.text() for route in _table(kernel, MAIN_TABLE, version)]
        lines += [
            f"{route.text()} table {name}" for name in kernel.tables for route in _table(kernel, name, version)
        ] + [line.replace(" proto", " table local proto", 1) for line in _local_routes(kernel, version)]
    device = request.value("dev")
    if device:
        lines = [line.replace(f" dev {device}", "", 1) for line in lines if f" dev {device}" in f"{line} "]
    return Output("".join(f"{line} \n" for line in lines))


def _table(kernel: NetworkNamespace, name: str, version: int) -> Iterator[Route]:
    table = kernel.routes if name == MAIN_TABLE else kernel.tables.get(name)
    return (route for route in table or () if route.destination.version == version)


def _local_routes(kernel: NetworkNamespace, version: int) -> Iterator[str]:
    """What the kernel enters for each address of its own."""
    for interface in kernel.interfaces.values():
        for address in interface.addresses:
            if address.version != version:
                continue
            if version == 6:
                yield f"local {address.ip} dev {interface.name} proto kernel metric 0 pref medium"
                continue
            if address.ip.is_loopback:
                yield f"local {address.network} dev {interface.name} proto kernel scope host src {address.ip}"
            yield f"local {address.ip} dev {interface.name} proto kernel scope host src {address.ip}"
            if address.network.prefixlen < 31:
                last = address.network.broadcast_address
                yield f"broadcast {last} dev {interface.name} proto kernel scope link src {address.ip}"


def _route_get(machine: Machine, request: _Request) -> Output:
    typed = request.words[2] if len(request.words) > 2 else ""
    destination = literal(typed)
    if destination is None:
        raise UsageError(f'Error: any valid prefix is expected rather than "{typed}".', 1)
    kernel = machine.kernel
    route = kernel.lookup(destination)
    if route is not None and route.kind is RouteKind.LOCAL:
        return Output(f"local {destination} dev lo src {destination} uid 0 \n    cache <local> \n")
    if route is None or route.device is None or route.kind is not RouteKind.UNICAST:
        return Output(f"RTNETLINK answers: {_no_route(route)}\n", 2)
    via = f"via {route.gateway} " if route.gateway is not None else ""
    source = route.source or kernel.address_on(route.device, destination.version, route.gateway or destination)
    return Output(
        f"{destination} {via}dev {route.device} src {source} uid 0 \n    cache{_cached_mtu(machine, destination)} \n"
    )


def _no_route(route: Route | None) -> str:
    match route.kind if route is not None else None:
        case RouteKind.UNREACHABLE:
            return "No route to host"
        case RouteKind.BLACKHOLE:
            return "Invalid argument"
        case RouteKind.PROHIBIT:
            return "Permission denied"
        case _:
            return "Network is unreachable"


def _cached_mtu(machine: Machine, destination: IPAddress) -> str:
    """The exception that an ICMP error left behind."""
    mtu = machine.session.memory.path_mtu.get((machine.kernel_name, destination))
    return f" expires 600sec mtu {mtu}" if mtu else ""


_COMMANDS: dict[str, Callable[[Machine, _Request], Output]] = {
    "address": _address,
    "link": _link,
    "neighbour": _neighbour,
    "neighbor": _neighbour,
    "route": _route,
    "rule": _rule,
}
