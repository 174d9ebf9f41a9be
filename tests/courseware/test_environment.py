"""Settings from environment variables: what is accepted, and what a bad value says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from courseware.environment import Environment, Mail

SQLITE, POSTGRESQL = "django.db.backends.sqlite3", "django.db.backends.postgresql"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("1", True),
        ("true", True),
        ("YES", True),
        ("on", True),
        ("0", False),
        ("False", False),
        ("no", False),
        ("", True),
    ],
)
def test_boolean_words(word: str, expected: bool) -> None:
    assert Environment({"DEBUG": word}).boolean("DEBUG", True) is expected


@pytest.mark.parametrize(
    ("value", "read", "accepted"),
    [
        pytest.param("maybe", lambda e: e.boolean("X", False), "one of 1, true", id="boolean"),
        pytest.param("70000", lambda e: e.integer("X", 1, minimum=1, maximum=65535), "from 1 to 65535", id="too large"),
        pytest.param("-1", lambda e: e.integer("X", 1, minimum=1, maximum=9), "from 1 to 9", id="negative"),
        pytest.param("8e3", lambda e: e.integer("X", 1, minimum=1, maximum=9999), "whole number", id="not decimal"),
        pytest.param("LOUD", lambda e: e.choice("X", "INFO", ("INFO", "DEBUG")), "one of INFO, DEBUG", id="choice"),
        pytest.param("http://h/0", lambda e: e.url("X", ("redis",)), "starts with redis://", id="url scheme"),
        pytest.param("redis://", lambda e: e.url("X", ("redis",)), "starts with redis://", id="url without host"),
        pytest.param("mysql://h/db", lambda e: e.database("X", Path("/d")), "postgresql://USER", id="database engine"),
        pytest.param(
            "postgresql://h", lambda e: e.database("X", Path("/d")), "postgresql://USER", id="no database name"
        ),
        pytest.param("postgresql://h:hi/db", lambda e: e.database("X", Path("/d")), "port", id="database port"),
        pytest.param("sqlite:///", lambda e: e.database("X", Path("/d")), "sqlite:///PATH", id="no path"),
    ],
)
def test_a_bad_value_names_its_variable_and_what_is_accepted(
    value: str, read: Callable[[Environment], object], accepted: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^X: ") as error:
        read(Environment({"X": value}))
    assert accepted in str(error.value)


def test_a_bad_value_is_not_repeated_because_it_may_be_a_secret() -> None:
    with pytest.raises(ImproperlyConfigured) as error:
        Environment({"DATABASE_URL": "mysql://u:hunter2@h/db"}).database("DATABASE_URL", Path("/d"))
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("values", [{}, {"SECRET_KEY": ""}, {"SECRET_KEY": "  "}], ids=["unset", "empty", "blank"])
def test_a_required_variable_must_be_set(values: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY: must be set"):
        Environment(values).text("SECRET_KEY")


def test_words_are_separated_by_commas() -> None:
    assert Environment({"HOSTS": "a.example, b.example,"}).words("HOSTS") == ("a.example", "b.example")
    assert Environment({}).words("HOSTS", ()) == ()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("sqlite:////srv/hop.db", {"ENGINE": SQLITE, "NAME": Path("/srv/hop.db")}, id="sqlite"),
        pytest.param(
            "postgresql://ana:p%40ss@db.example:6432/hop?sslmode=require",
            {
                "ENGINE": POSTGRESQL,
                "NAME": "hop",
                "USER": "ana",
                "PASSWORD": "p@ss",
                "HOST": "db.example",
                "PORT": "6432",
                "OPTIONS": {"connect_timeout": 5, "sslmode": "require"},
            },
            id="postgresql",
        ),
        pytest.param(
            "postgresql:///hop?host=/run/postgresql",
            {"ENGINE": POSTGRESQL, "NAME": "hop", "HOST": "/run/postgresql", "PORT": ""},
            id="postgresql over a unix socket",
        ),
    ],
)
def test_database_urls(url: str, expected: dict[str, object]) -> None:
    settings = Environment({"DATABASE_URL": url}).database("DATABASE_URL", Path("/unused"))
    assert {key: settings[key] for key in expected} == expected


def test_sqlite_waits_for_the_write_lock_instead_of_failing() -> None:
    options = Environment({}).database("DATABASE_URL", Path("/srv/hop.db"))["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", None),
        ("smtp://mail.example", Mail("mail.example", 25, "", "", starttls=False, tls=False)),
        ("smtp+tls://hop:p%40ss@mail.example", Mail("mail.example", 587, "hop", "p@ss", starttls=True, tls=False)),
        ("smtps://mail.example:4650", Mail("mail.example", 4650, "", "", starttls=False, tls=True)),
    ],
    ids=["unset", "plain", "STARTTLS", "TLS"],
)
def test_the_mail_server_is_named_by_an_address(url: str, expected: Mail | None) -> None:
    assert Environment({"EMAIL_URL": url}).mail("EMAIL_URL") == expected


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://mail.example:99999", "smtp:///path"])
def test_a_mail_server_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL: "):
        Environment({"EMAIL_URL": url}).mail("EMAIL_URL")
