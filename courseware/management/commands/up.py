"""Runs the whole site on this machine: broker, database, shipped course, worker, scheduler and web server."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from courseware import broker, programs
from courseware.environment import Environment
from courseware.instructors import Credentials, create_first_instructor
from courseware.supervision import ChildFailedError, Supervisor

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Runs the whole site on this machine until Ctrl-C."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        port = Environment(os.environ).integer("PORT", DEFAULT_PORT, minimum=1, maximum=65535)
        parser.add_argument("--host", default=DEFAULT_HOST, help=f"address to listen on (default {DEFAULT_HOST})")
        parser.add_argument(
            "--port", type=int, default=port, help=f"port to listen on (default PORT or {DEFAULT_PORT})"
        )

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        started = time.monotonic()
        check_port(host, port)
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        with only_one_in(settings.VAR_DIR):
            supervisor = Supervisor(settings.BASE_DIR, self.say)
            for name in STOP_SIGNALS:
                signal.signal(name, supervisor.request_stop)
            try:
                credentials = self.start(supervisor, host, port)
                if not supervisor.stopping:
                    self.welcome(host, port, credentials, time.monotonic() - started)
                    supervisor.run()
            except ChildFailedError as error:
                raise CommandError(f"{error} What it said is above, or in {settings.VAR_DIR}/broker.") from error
            except broker.BrokerServerMissingError as error:
                raise CommandError(str(error)) from error
            finally:
                self.say("Stopping: web server, scheduler, worker (a running task may end first), broker ...")
                supervisor.stop()
                self.say("Stopped.")

    def start(self, supervisor: Supervisor, host: str, port: int) -> Credentials | None:
        """Starts everything in order of need; returns the new instructor account, if one was made."""
        if broker.queue_url(settings.EMBEDDED_BROKER_SOCKET) == settings.BROKER_URL:
            supervisor.start(programs.embedded_broker(settings.EMBEDDED_BROKER_SOCKET, settings.VAR_DIR / "broker"))
            supervisor.wait_until_ready()
            self.say("Broker ready.")
        elif not broker.answers(settings.BROKER_URL):
            raise CommandError("BROKER_URL: no Valkey or Redis server answers there. Start it, or unset BROKER_URL.")
        call_command("migrate", interactive=False, verbosity=0)
        self.say("Database ready.")
        call_command("import_course", verbosity=0)
        self.say("Shipped course loaded.")
        credentials = create_first_instructor()
        supervisor.start(programs.worker())
        supervisor.start(programs.beat(settings.VAR_DIR))
        supervisor.start(programs.web(host, port))
        supervisor.wait_until_ready()
        return credentials

    def welcome(self, host: str, port: int, credentials: Credentials | None, seconds: float) -> None:
        address = f"http://{programs.address_to_open(host)}:{port}/"
        self.say(f"Ready after {seconds:.1f} s.")
        if credentials:
            self.say(f"Instructor account: {credentials.username}, password {credentials.password} (shown only now).")
            self.say(f"It edits the course at {address}admin/")
        self.say(f"\nOpen {address}   Ctrl-C stops everything.")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def check_port(host: str, port: int) -> None:
    """Raises CommandError when this host and port cannot be listened on."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        raise CommandError(
            f"Cannot listen on {host} port {port}: {getattr(error, 'strerror', None) or error}. "
            f"If another program uses it, choose a free port: make run ARGS='--port {min(port + 1, 65535)}' (or PORT)."
        ) from error


@contextmanager
def only_one_in(folder: Any) -> Iterator[None]:
    """Holds a lock that a second `up` on the same folder cannot get."""
    with (folder / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(
                f"Hop by Hop is already running on {folder}. Stop that one first, or set VAR_DIR to another folder."
            ) from error
        yield
