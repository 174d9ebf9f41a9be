"""``curl`` for http and https: one request to whoever takes the connection, which answers with what it saw."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

from netsim.errors import NetsimError
from netsim.l7.http import DEFAULT_PORTS, HttpRequest, Url, host_name, parse_url
from netsim.packet import IPAddress
from netsim.requests import CERTIFICATE_MISMATCH, HttpExchange, HttpProbe
from netsim.tools.icmp_text import unreachable_text
from netsim.tools.machine import Host, HostNotFoundError, Machine, Output, literal, milliseconds
from netsim.tools.options import Options, UsageError, parse
from netsim.tools.whoami import HttpAnswer, answer, refused_handshake
from netsim.trace import ClientSees, Disposition, Exchange

SHORT = "sSvo:m:H:IX:kLfi46w:A:d:"
LONG = (
    "silent", "show-error", "verbose", "output=", "max-time=", "connect-timeout=", "header=", "head", "request=",
    "insecure", "location", "fail", "include", "ipv4", "ipv6", "write-out=", "user-agent=", "data=", "resolve=",
)  # fmt: skip
AGENT = "curl/7.88.1"
MAX_REDIRECTS = 50
SYSTEM_TIMEOUT = 134_000
"""Milliseconds after which Linux gives up on a SYN (tcp_syn_retries 6)."""

ARP_FAILURE = 3_000
"""Milliseconds: mcast_solicit 3, retrans_time 1 s."""

COULD_NOT_CONNECT = "Couldn't connect to server"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One address that was tried, and what came of the request."""

    address: IPAddress
    result: HttpExchange

    @property
    def exchange(self) -> Exchange:
        """The client's own connection."""
        return self.result.legs[0].exchange


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


def _url(text: str) -> Url:
    scheme = text.partition("://")[0] if "://" in text else "http"
    if scheme not in ("http", "https"):
        raise UsageError(f'curl: (1) Protocol "{scheme}" not supported or disabled in libcurl', 1)
    try:
        return parse_url(text)
    except NetsimError:
        raise UsageError("curl: (3) URL using bad/illegal format or missing URL", 3) from None


def _fetch(machine: Machine, text: str, options: Options, followed: int = 0) -> Output:
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
        attempts.append(_Attempt(address, machine.request(_probe(machine, url, address, options))))
        sees = attempts[-1].exchange.client_sees
        if sees is ClientSees.CONNECTED:
            verbose.append(f"* Connected to {url.host} ({address}) port {url.port} (#0)")
            result = attempts[-1].result
            location = _location(url, result) if options.any("-L", "--location") else ""
            if followed == MAX_REDIRECTS and location:
                return _failed(47, f"Maximum ({MAX_REDIRECTS}) redirects followed", verbose, options)
            output = _converse(url, result, verbose, options, passed_by=bool(location))
            return _then(output, _fetch(machine, location, options, followed + 1)) if location else output
        if sees is not ClientSees.TIMEOUT:
            why = "Connection refused" if sees is ClientSees.REFUSED else unreachable_text(attempts[-1].exchange)
            verbose.append(f"* connect to {address} port {url.port} failed: {why}")
    return _unconnected(url, attempts, verbose, options)


def _probe(machine: Machine, url: Url, address: IPAddress, options: Options) -> HttpProbe:
    given = [_header(text) for text in options.texts("-H", "--header")]
    data = options.any("-d", "--data")
    method = options.text("-X", "--request") or ("HEAD" if _head_only(options) else "POST" if data else "GET")
    agent = options.text("-A", "--user-agent") or AGENT
    own = (("User-Agent", agent), ("Accept", "*/*"))
    named = {name.lower() for name, _ in given}
    headers = tuple(pair for pair in own if pair[0].lower() not in named) + tuple(given)
    target = f"{url.path}?{url.query}" if url.query else url.path
    port = "" if url.port == DEFAULT_PORTS[url.scheme] else f":{url.port}"
    return HttpProbe(
        machine.where, f"{url.scheme}://{url.host_text}{port}{target}", method, headers,
        f"{_bracketed(address)}:{url.port}", insecure=options.any("-k", "--insecure"),
    )  # fmt: skip


def _header(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name.strip(), value.strip()


def _head_only(options: Options) -> bool:
    return options.any("-I", "--head")


def _host(machine: Machine, url: Url, options: Options) -> Host:
    """``--resolve HOST:PORT:ADDRESS`` comes before /etc/hosts and DNS."""
    for text in options.texts("--resolve"):
        name, _, rest = text.partition(":")
        port, _, address = rest.partition(":")
        fixed = literal(address)
        if fixed is not None and (name, port) == (url.host, str(url.port)):
            return Host(url.host, url.host, (fixed,))
    return machine.find(url.host, 4 if options.any("-4", "--ipv4") else 6 if options.any("-6", "--ipv6") else None)


def _bracketed(address: IPAddress) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


def _unconnected(url: Url, attempts: list[_Attempt], verbose: list[str], options: Options) -> Output:
    allowed = _allowed(options.text("-m", "--max-time", "--connect-timeout"))
    if sum(_spent(attempt.exchange) for attempt in attempts) > allowed:
        return _failed(28, f"Connection timed out after {int(allowed) + 1} milliseconds", verbose, options)
    if any(attempt.exchange.client_sees is ClientSees.TIMEOUT for attempt in attempts):
        message = f"Failed to connect to {url.host} port {url.port} after {SYSTEM_TIMEOUT} ms: {COULD_NOT_CONNECT}"
        return _failed(28, message, verbose, options)
    spent = int(sum(_spent(attempt.exchange) for attempt in attempts))
    message = f"Failed to connect to {url.host} port {url.port} after {spent} ms: {COULD_NOT_CONNECT}"
    return _failed(7, message, [*verbose, f"* {message}"], options)


def _allowed(limit: str) -> float:
    """Milliseconds of a limit in seconds; endless without one."""
    return float(limit) * 1000 if limit.replace(".", "", 1).isdecimal() else inf


def _spent(exchange: Exchange) -> float:
    """Milliseconds until the client knows; a kernel asks three times for a neighbour, once a second (arp(7))."""
    if exchange.client_sees is ClientSees.TIMEOUT:
        return SYSTEM_TIMEOUT
    unanswered = exchange.request.disposition is Disposition.NEIGHBOR_UNREACHABLE
    return milliseconds(exchange) + (ARP_FAILURE if unanswered else 0)


def _location(url: Url, result: HttpExchange) -> str:
    """Where an answer sends the client on to; "" where it does not."""
    response = result.response
    if response is None or not 300 <= response.status < 400:
        return ""
    place = next((value for name, value in response.headers if name.lower() == "location"), "")
    return f"{url.scheme}://{url.host_text}:{url.port}{place}" if place.startswith("/") else place


def _then(first: Output, second: Output) -> Output:
    return Output(first.text + second.text, second.exit_code)


def _converse(
    url: Url, result: HttpExchange, verbose: list[str], options: Options, passed_by: bool
) -> Output:  # fmt: skip
    """The connection stands: send the request and print what comes back, without its body if it is ``passed_by``."""
    tls = url.scheme == "https"
    if refused_handshake(result, tls):
        return _failed(35, "OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number", verbose, options)
    request = result.legs[0].request
    if result.client_sees == CERTIFICATE_MISMATCH:
        message = f"SSL: no alternative certificate subject name matches target host name '{url.host}'"
        return _failed(60, message, verbose, options)
    verbose += ["* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384"] if tls else []
    verbose += [f"> {request.method} {request.target} HTTP/1.1", f"> Host: {_host_header(url, request)}"]
    verbose += [*(f"> {name}: {value}" for name, value in request.headers), "> "]
    served = answer(result, tls)
    if served is None:
        return _unanswered(result, verbose, options)
    if options.any("-f", "--fail") and served.status >= 400:
        return _failed(22, f"The requested URL returned error: {served.status}", verbose, options)
    verbose += [*(f"< {line}" for line in served.head), "< "]
    text = "".join(f"{line}\n" for line in verbose) if options.any("-v", "--verbose") else ""
    written = options.text("-w", "--write-out").replace("%{http_code}", f"{served.status:03}").replace("\\n", "\n")
    return Output(text + _shown(served, options, passed_by) + ("" if passed_by else written))


def _unanswered(result: HttpExchange, verbose: list[str], options: Options) -> Output:
    """No response came. How long a proxy waits for its own connection is its setting: a limit of curl ends first."""
    if result.client_sees == ClientSees.RESET:
        return _failed(56, "Recv failure: Connection reset by peer", verbose, options)
    allowed = _allowed(options.text("-m", "--max-time"))
    if isfinite(allowed) and result.client_sees == ClientSees.TIMEOUT:
        late = f"Operation timed out after {int(allowed) + 1} milliseconds with 0 bytes received"
        return _failed(28, late, verbose, options)
    return _failed(52, "Empty reply from server", verbose, options)


def _host_header(url: Url, request: HttpRequest) -> str:
    """The URL's host with a port that is not the scheme's own, or what ``-H`` says instead."""
    if request.host != host_name(url.host_text) or url.port == DEFAULT_PORTS[url.scheme]:
        return request.host
    return f"{url.host_text}:{url.port}"


def _shown(served: HttpAnswer, options: Options, passed_by: bool) -> str:
    head = "".join(f"{line}\n" for line in served.head) + "\n"
    body = "" if passed_by or _head_only(options) or options.any("-o", "--output") else served.body
    return (head if options.any("-I", "--head", "-i", "--include") else "") + body


def _failed(code: int, message: str, verbose: list[str], options: Options) -> Output:
    """Silent mode says nothing, unless ``-S`` is there too."""
    lines = verbose if options.any("-v", "--verbose") else []
    if not options.any("-s", "--silent") or options.any("-S", "--show-error"):
        lines = [*lines, f"curl: ({code}) {message}"]
    return Output("".join(f"{line}\n" for line in lines), code)
