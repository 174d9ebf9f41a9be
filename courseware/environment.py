"""Reads settings from environment variables, strictly: a bad value names its variable and says what is accepted.

Values are never repeated in messages, because some of them are secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("0", "false", "no", "off")
BROKER_SCHEMES = ("redis", "rediss", "redis+socket")
CACHE_SCHEMES = ("redis", "rediss", "unix")
MAIL_SCHEMES = ("smtp", "smtp+tls", "smtps")
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
CONNECTION_SECONDS = 60
SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; PRAGMA cache_size=2000;"
    ),
}


@dataclass(frozen=True, slots=True)
class Mail:
    host: str
    port: int
    user: str
    password: str
    starttls: bool
    tls: bool


@dataclass(frozen=True, slots=True)
class Environment:
    """Typed access to environment variables. An empty value counts as unset.

    Every method raises ImproperlyConfigured for a value it cannot read, and for an unset variable without a default.
    """

    values: Mapping[str, str]

    def text(self, name: str, default: str | None = None) -> str:
        value = self.values.get(name, "").strip() or default
        if value is None:
            raise ImproperlyConfigured(f"{name}: must be set.")
        return value

    def boolean(self, name: str, default: bool) -> bool:
        word = self.text(name, "true" if default else "false").lower()
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
        raise ImproperlyConfigured(f"{name}: must be one of {', '.join(TRUE_WORDS + FALSE_WORDS)}.")

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        text = self.text(name, str(default))
        if not text.isdecimal() or not minimum <= int(text) <= maximum:
            raise ImproperlyConfigured(f"{name}: must be a whole number from {minimum} to {maximum}.")
        return int(text)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in choices:
            raise ImproperlyConfigured(f"{name}: must be one of {', '.join(choices)}.")
        return value

    def words(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A comma-separated list."""
        text = self.text(name, None if default is None else ",".join(default) or ",")
        return tuple(word.strip() for word in text.split(",") if word.strip())

    def url(self, name: str, schemes: tuple[str, ...], default: str | None = None) -> str:
        url = self.text(name, default)
        parts = urlsplit(url)
        if parts.scheme not in schemes or not (parts.hostname or parts.path.strip("/")):
            accepted = " or ".join(f"{scheme}://" for scheme in schemes)
            raise ImproperlyConfigured(f"{name}: must be a URL that starts with {accepted}.")
        return url

    def database(self, name: str, default_file: Path) -> dict[str, object]:
        """Django's database settings from sqlite:///PATH (four slashes for an absolute path) or postgresql://USER:PASSWORD@HOST:PORT/NAME[?option=value].

        A PostgreSQL unix socket is given as postgresql:///NAME?host=/run/postgresql.
        """
        parts = urlsplit(self.text(name, f"sqlite:///{default_file}"))
        try:
            port = parts.port
        except ValueError:
            raise ImproperlyConfigured(f"{name}: its port must be a number from 0 to 65535.") from None
        if parts.scheme == "sqlite" and len(parts.path) > 1 and not parts.netloc:
            return sqlite_database(Path(unquote(parts.path[1:])).absolute())
        if parts.scheme not in ("postgres", "postgresql") or len(parts.path) < 2:
            raise ImproperlyConfigured(
                f"{name}: must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
            )
        options = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or options.pop("user", "")),
            "PASSWORD": unquote(parts.password or options.pop("password", "")),
            "HOST": parts.hostname or options.pop("host", ""),
            "PORT": str(port or options.pop("port", "")),
            "CONN_MAX_AGE": CONNECTION_SECONDS,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"connect_timeout": 5, **options},
        }

    def mail(self, name: str) -> Mail | None:
        """How to reach the mail server, from smtp[s]://USER:PASSWORD@HOST:PORT; None where it is unset.

        smtps is TLS from the start, smtp+tls is STARTTLS.
        """
        if not self.values.get(name, "").strip():
            return None
        parts = urlsplit(self.url(name, MAIL_SCHEMES))
        try:
            port = parts.port or MAIL_PORTS[parts.scheme]
        except ValueError:
            raise ImproperlyConfigured(f"{name}: its port must be a number from 0 to 65535.") from None
        if not parts.hostname:
            raise ImproperlyConfigured(f"{name}: must name the mail server's host.")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return Mail(
            parts.hostname, port, user, password, starttls=parts.scheme == "smtp+tls", tls=parts.scheme == "smtps"
        )


def sqlite_database(path: Path) -> dict[str, object]:
    """SQLite in WAL mode. A transaction takes the write lock at its start, so that writers wait instead of failing."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": CONNECTION_SECONDS,
        "OPTIONS": SQLITE_OPTIONS,
    }
