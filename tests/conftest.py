"""Fixtures that every test may use.

Servers and processes (real ones; started on first use, once for all tests):
  broker                 Valkey on a unix socket, as `manage.py up` runs it. Every test that uses the database gets it
                         together with an empty cache and an empty queue, because Django's cache lives in it.
  celery_worker_process  a separate Celery worker process on the TEST database. Needs committed rows:
                         @pytest.mark.django_db(transaction=True). Use wait_until(...) for what the task does. It
                         goes on from test to test as long as they ask for it; one that does not finds it stopped.
  wait_until             wait_until(condition, "what", seconds=20): polls, raises TimeoutError naming what.
  live_app               URL of a live server (threads of this process) with that worker behind it.
  postgres_url           postgresql://... of a fresh PostgreSQL; redis_url  redis://127.0.0.1:PORT of a server over TCP.

Browser (mark the test `browser`; `page`, `context` and `browser` come from pytest-playwright):
  page                   use with live_app: page.goto(live_app + "/...").
  csp_violations         a list that fills while the test runs; the test fails at its end unless it is empty.
                         Ask for it before the first page.goto.
  assert_accessible      assert_accessible(page): axe-core finds nothing (WCAG 2.2 A and AA, best practice).
  Traps: under our Content-Security-Policy page.wait_for_function raises EvalError; use expect(locator). Dark mode:
  page.emulate_media(color_scheme="dark").

Markers: `browser`, `kernel`, and `services`: such a test runs a second time with PostgreSQL and a broker over TCP, as
all tests of classes, quizzes and LTI do at night (courseware/test_other_servers.py).
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import redis
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import BrowserContext, Page

import bootstrap
from courseware import broker as broker_module
from courseware import programs, translations
from tests import servers

# pytest-playwright keeps an event loop running in the main thread, which Django's ORM would refuse to work beside.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis_settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("any machine")

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE_RULES = [*WCAG_RULES, "best-practice"]
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
VIOLATIONS = "options => axe.run(options).then(result => result.violations)"  # all that passed is a lot to carry over
YOUNG_OBJECTS = 20_000  # so many new ones between two looks of the garbage collector
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", event => reportCspViolation(
  `${event.effectiveDirective} blocked ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber} on ${location}`
));
"""


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    if broker_module.queue_url(settings.EMBEDDED_BROKER_SOCKET) != settings.BROKER_URL:
        yield settings.BROKER_URL
        return
    with servers.broker_on_socket(settings.EMBEDDED_BROKER_SOCKET, settings.VAR_DIR / "broker") as url:
        yield url


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """A page in another language leaves it behind for the thread; the next test speaks English."""
    yield
    translation.activate("en")


@pytest.fixture(autouse=True)
def empty_cache_and_queue(request: pytest.FixtureRequest) -> None:
    """Tests that use the database start with an empty cache and an empty queue."""
    if DATABASE_FIXTURES & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        with broker_module.connect(request.getfixturevalue("broker")) as client:
            client.delete(settings.CELERY_TASK_DEFAULT_QUEUE)
        # Not cache.clear(), which gives up after 0.3 s: too soon on a machine that has much else to do.
        with redis.Redis.from_url(settings.CACHE_URL, socket_timeout=10) as client:
            client.flushdb()


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., None]:
    return servers.wait_until


@contextmanager
def running_worker() -> Iterator[None]:
    program = programs.worker()
    environment = {
        **program.environment,
        "DJANGO_SETTINGS_MODULE": "courseware.settings.test",
        "DATABASE_URL": worker_database_url(),
    }
    include = ("--include", "tests.courseware.probe_tasks")
    with servers.running(*program.command, *include, environment=environment):
        servers.wait_until(program.ready, "Celery worker process", 30)
        yield


WORKER = servers.OnDemand(running_worker)


@pytest.fixture(autouse=True)
def no_worker_unasked(request: pytest.FixtureRequest) -> None:
    if "celery_worker_process" not in request.fixturenames:
        WORKER.stop()


@pytest.fixture(scope="session")
def worker_ends_before_its_servers(broker: str, django_db_setup: None) -> Iterator[None]:
    yield
    WORKER.stop()


@pytest.fixture
def celery_worker_process(worker_ends_before_its_servers: None) -> None:
    WORKER.start()


def worker_database_url() -> str:
    """DATABASE_URL of the database that the tests use, for another process."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@pytest.fixture
def live_app(transactional_db: None, celery_worker_process: None, live_server: object) -> str:
    return str(live_server)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with servers.postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.redis_on_port(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> str:
    path = bootstrap.find_chromium()
    if path is None:
        pytest.fail("No Chromium: run `make test`, which installs it, or set HOP_CHROMIUM.")
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object], chromium: str) -> dict[str, object]:
    return {**browser_type_launch_args, "executable_path": chromium, "args": CHROMIUM_FLAGS}


@pytest.fixture
def csp_violations(context: BrowserContext) -> Iterator[list[str]]:
    violations: list[str] = []
    context.expose_function("reportCspViolation", lambda violation: violations.append(violation))
    context.add_init_script(REPORT_VIOLATIONS)
    yield violations
    for page in context.pages:
        page.wait_for_timeout(50)
    assert violations == []


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[..., None]:
    axe = Axe().axe_script

    def check(page: Page, rules: list[str] = AXE_RULES) -> None:
        page.evaluate(axe)
        violations = page.evaluate(VIOLATIONS, {"runOnly": rules, "resultTypes": ["violations"]})
        found = [
            f"{rule['id']}: {rule['help']}: {[node['html'][:200] for node in rule['nodes']]}" for rule in violations
        ]
        assert found == [], "\n".join(found)

    return check


def pytest_collectstart() -> None:
    """Ten thousand tests are collected, and none of them is garbage: looking for some again and again takes a while."""
    gc.disable()


def pytest_collection_finish() -> None:
    """What was collected stays until the end, so the garbage collector passes over it, and over little of the rest."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Translations are compiled at set-up; whoever starts pytest by itself has them up to date as well.

    Once, before pytest-xdist starts its processes, which would write the same files at the same time.
    """
    if not hasattr(session.config, "workerinput"):
        translations.compile_catalogs(settings.BASE_DIR)
