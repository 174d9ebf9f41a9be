"""``curl`` for http and https: one request to whoever takes the connection, which answers with what it saw."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from netsim.packet import IPAddress
from netsim.tools.machine import Host, HostNotFoundError, Machine, Output, literal, milliseconds
from netsim.tools.options import Options, UsageError, parse
from netsim.tools.whoami import HttpAnswer, HttpRequest, answer
from netsim.trace import ClientSees, Disposition, Exchange

SHORT = "sSvo:m:H:IX:kLfi46w:A:d:"
LONG = (
    "silent", "show-error", "verbose", "output=", "max-time=", "connect-timeout=", "header=", "head", "request=",
    "insecure", "location", "fail", "include", "ipv4", "ipv6", "write-out=", "user-agent=", "data=", "resolve=",
)  # fmt: skip
AGENT = "curl/7.88.1"
SYSTEM_TIMEOUT = 134_000
"""Milliseconds after which Linux gives up on a SYN (tcp_syn_retries 6)."""

ARP_FAILURE = 3_000
"""Milliseconds: mcast_solicit 3, retrans_time 1 s."""

COULD_NOT_CONNECT = "Couldn't connect to server"


@dataclass(frozen=True, slots=True)
class _Url:
    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The Host header: without the scheme's own port."""
        return self.host if self.port == (443 if self.scheme == "https" else 80) else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One address that was tried."""

    address: IPAddress
    exchange: Exchange


def run(machine: Machine, words: list[str]) -> Output:
    options = _options(words)
    if not options.operands:
        raise UsageError("curl: try 'curl --help' or 'curl --manual' for more information", 2)
    outputs = [_fetch(machine, text, options) for text in options.operands[:10]]
    return Output("".join(output.text for output in outputs), outputs[-1].exit_code)


def _options(words: list[str]) -> Options:
    try:
        return parse("curl", words, SHORT, LONG)
    except UsageError as error:
        what = error.text.split("'")[1]
        name = what if what.startswith("--") else f"-{what}"
        wrong = "requires parameter" if "argument" in error.text else "is unknown"
        hint = "curl: try 'curl --help' or 'curl --manual' for more information"
        raise UsageError(f"curl: option {name}: {wrong}\n{hint}", 2) from None


def _url(text: str) -> _Url:
    try:
        parts: SplitResult = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError:
        raise UsageError("curl: (3) URL using bad/illegal format or missing URL", 3) from None
    if parts.scheme not in ("http", "https"):
        raise UsageError(f'curl: (1) Protocol "{parts.scheme}" not supported or disabled in libcurl', 1)
    if not parts.hostname:
        raise UsageError("curl: (3) URL using bad/illegal format or missing URL", 3)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Url(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), path)


def _fetch(machine: Machine, text: str, options: Options) -> Output:
    url = _url(text)
    verbose: list[str] = []
    try:
        host = _host(machine, url, options)
    except HostNotFoundError:
        verbose.append(f"* Could not resolve host: {url.host}")
        return _failed(6, f"Could not resolve host: {url.host}", verbose, options)
    attempts: list[_Attempt] = []
    for address in host.addresses:
        verbose.append(f"*   Trying {_bracketed(address)}:{url.port}...")
        exchange = machine.send(address, url.port, "tcp")
        attempts.append(_Attempt(address, exchange))
        if exchange.client_sees is ClientSees.CONNECTED:
            verbose.append(f"* Connected to {url.host} ({address}) port {url.port} (#0)")
            return _converse(url, attempts[-1], verbose, options)
        if exchange.client_sees is not ClientSees.TIMEOUT:
            why = "Connection refused" if exchange.client_sees is ClientSees.REFUSED else "No route to host"
            verbose.append(f"* connect to {address} port {url.port} failed: {why}")
    return _unconnected(url, attempts, verbose, options)


def _host(machine: Machine, url: _Url, options: Options) -> Host:
    """``--resolve HOST:PORT:ADDRESS`` comes before /etc/hosts and DNS."""
    name, _, rest = options.text("--resolve").partition(":")
    port, _, address = rest.partition(":")
    fixed = literal(address)
    if fixed is not None and (name, port) == (url.host, str(url.port)):
        return Host(url.host, url.host, (fixed,))
    return machine.find(url.host, 4 if options.any("-4", "--ipv4") else 6 if options.any("-6", "--ipv6") else None)


def _bracketed(address: IPAddress) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


def _unconnected(url: _Url, attempts: list[_Attempt], verbose: list[str], options: Options) -> Output:
    limit = options.text("-m", "--max-time", "--connect-timeout")
    allowed = float(limit) * 1000 if limit.replace(".", "", 1).isdecimal() else float("inf")
    if sum(_spent(attempt.exchange) for attempt in attempts) > allowed:
        return _failed(28, f"Connection timed out after {int(allowed) + 1} milliseconds", verbose, options)
    if any(attempt.exchange.client_sees is ClientSees.TIMEOUT for attempt in attempts):
        message = f"Failed to connect to {url.host} port {url.port} after {SYSTEM_TIMEOUT} ms: {COULD_NOT_CONNECT}"
        return _failed(28, message, verbose, options)
    spent = int(sum(_spent(attempt.exchange) for attempt in attempts))
    message = f"Failed to connect to {url.host} port {url.port} after {spent} ms: {COULD_NOT_CONNECT}"
    return _failed(7, message, [*verbose, f"* {message}"], options)


def _spent(exchange: Exchange) -> float:
    """Milliseconds until the client knows; a kernel asks three times for a neighbour, once a second (arp(7))."""
    if exchange.client_sees is ClientSees.TIMEOUT:
        return SYSTEM_TIMEOUT
    unanswered = exchange.request.disposition is Disposition.NEIGHBOR_UNREACHABLE
    return milliseconds(exchange) + (ARP_FAILURE if unanswered else 0)


def _converse(url: _Url, attempt: _Attempt, verbose: list[str], options: Options) -> Output:
    """The connection stands: send the request and print what comes back."""
    exchange = attempt.exchange
    headers = [each for each in (options.text("-H", "--header"),) if each]
    given_host = next((each.partition(":")[2].strip() for each in headers if each.lower().startswith("host:")), "")
    method = options.text("-X", "--request") or ("HEAD" if options.any("-I", "--head") else "GET")
    request = HttpRequest(
        method, url.path, given_host or url.authority, options.text("-A", "--user-agent") or AGENT,
        tuple(each for each in headers if not each.lower().startswith("host:")),
    )  # fmt: skip
    served = answer(exchange, request, tls=url.scheme == "https")
    if isinstance(served, str):
        return _failed(35 if url.scheme == "https" else 52, served, verbose, options)
    verbose += [f"> {line}" for line in request.lines] + ["> "]
    verbose += [f"< {line}" for line in served.head] + ["< "]
    text = "".join(f"{line}\n" for line in verbose) if options.any("-v", "--verbose") else ""
    text += _shown(served, method, options)
    if options.any("-f", "--fail") and served.status >= 400:
        return Output(f"curl: (22) The requested URL returned error: {served.status}\n", 22)
    code = f"{served.status:03}"
    return Output(text + options.text("-w", "--write-out").replace("%{http_code}", code).replace("\\n", "\n"))


def _shown(served: HttpAnswer, method: str, options: Options) -> str:
    head = "".join(f"{line}\n" for line in served.head) + "\n"
    body = "" if method == "HEAD" or options.any("-o", "--output") else served.body
    return (head if options.any("-I", "--head", "-i", "--include") else "") + body


def _failed(code: int, message: str, verbose: list[str], options: Options) -> Output:
    """Silent mode says nothing, unless ``-S`` is there too."""
    lines = verbose if options.any("-v", "--verbose") else []
    if not options.any("-s", "--silent") or options.any("-S", "--show-error"):
        lines = [*lines, f"curl: ({code}) {message}"]
    return Output("".join(f"{line}\n" for line in lines), code)
