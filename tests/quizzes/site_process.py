"""A web server of its own processes on the test database, and learners who use it at the same time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.cookiejar import Cookie
from typing import TypeVar

from django.contrib.auth.models import User
from django.test import Client

from courseware import programs
from lessons.learners import SESSION_KEY
from lessons.models import Learner
from tests import servers
from tests.conftest import worker_database_url
from tests.lessons.visitor import Visitor

START_SECONDS = 90  # on a machine that has much else to do
ResultT = TypeVar("ResultT")
ArgumentT = TypeVar("ArgumentT")


@contextmanager
def running_site(**environment: str) -> Iterator[str]:
    """Yields its URL. `environment`: what differs from the tests' own broker and cache."""
    port = servers.free_port()
    with site_process(port, **environment):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def site_process(port: int, **environment: str) -> Iterator[int]:
    """The same at a port that is given. Yields the group of its processes."""
    own = {
        **programs.worker().environment,
        "DJANGO_SETTINGS_MODULE": "courseware.settings.test",
        "DATABASE_URL": worker_database_url(),
    }
    visitor = Visitor(f"http://127.0.0.1:{port}")
    with servers.running(*programs.web("127.0.0.1", port).command, environment=own | environment) as process:
        servers.wait_until(lambda: visitor.get("/health/live").status == 200, "the web server", START_SECONDS)
        yield os.getpgid(process.pid)


def session_of(learner: Learner) -> str:
    """The key of a session in which this guest is known."""
    session = Client().session
    session[SESSION_KEY] = learner.pk
    session.save()
    return str(session.session_key)


def session_of_user(user: User) -> str:
    """The key of a session in which this user is logged in."""
    client = Client()
    client.force_login(user)
    return str(client.session.session_key)


def visitor_of(site: str, session: str, token: str = "t" * 32) -> Visitor:
    visitor = Visitor(site)
    for name, value in {"sessionid": session, "csrftoken": token}.items():
        visitor.cookies.set_cookie(cookie(name, value))
    return visitor


def cookie(name: str, value: str) -> Cookie:
    domain = {"domain": "127.0.0.1", "domain_specified": False, "domain_initial_dot": False}
    port, path = {"port": None, "port_specified": False}, {"path": "/", "path_specified": True}
    rest = {"secure": False, "expires": None, "discard": True, "comment": None, "comment_url": None, "rest": {}}
    return Cookie(version=0, name=name, value=value, **domain, **port, **path, **rest)  # type: ignore[arg-type]


def at_once(call: Callable[[ArgumentT], ResultT], arguments: Sequence[ArgumentT]) -> list[ResultT]:
    """Calls with every argument in a thread of its own; all begin when the last is ready."""
    together = threading.Barrier(len(arguments))

    def begin(argument: ArgumentT) -> ResultT:
        together.wait()
        return call(argument)

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(begin, arguments))
