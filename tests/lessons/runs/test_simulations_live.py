"""The same over a real broker, with separate processes: answers, outages, and deaths in the middle."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.utils import timezone
from kombu import Connection

from courseware import broker as broker_module
from courseware import programs
from lessons.models import Experiment, Prediction, SimulationRun
from lessons.runs import simulations
from tests import servers
from tests.conftest import worker_database_url
from tests.lessons.factories import make_experiment
from tests.lessons.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
WaitUntil = Callable[..., None]


@pytest.fixture
def experiment() -> Experiment:
    return make_experiment()


@pytest.fixture(scope="module")
def broker_port() -> int:
    return servers.free_port()


@pytest.fixture(scope="module")
def site(django_db_setup: None, broker_port: int) -> Iterator[str]:
    """The URL of a web server process on the test database, whose broker and cache should be at broker_port."""
    port = servers.free_port()
    command = programs.web("127.0.0.1", port).command
    environment = own_environment(broker_port)
    with servers.running(*command, environment=environment):
        servers.wait_until(lambda: servers_answer(port), "the web server")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def broker_at(port: int, folder: Path) -> Iterator[int]:
    """A broker at this port; yields its process id."""
    options = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "")
    with servers.running(broker_module.server_program(), *options) as server:
        servers.wait_until(lambda: broker_module.answers(f"redis://127.0.0.1:{port}"), "the broker")
        yield server.pid


def own_environment(port: int) -> dict[str, str]:
    """For a process on the test database, with broker and cache at this port."""
    address = f"redis://127.0.0.1:{port}"
    return {
        **programs.worker().environment,
        "DJANGO_SETTINGS_MODULE": "courseware.settings.test",
        "DATABASE_URL": worker_database_url(),
        "BROKER_URL": f"{address}/0",
        "CACHE_URL": f"{address}/1",
    }


def servers_answer(port: int) -> bool:
    return Visitor(f"http://127.0.0.1:{port}").get("/health/live").status == 200


def first_click(visitor: Visitor, experiment: Experiment) -> dict[str, object]:
    visitor.get(experiment.lesson.get_absolute_url())
    return {"option": experiment.options.all()[0].pk, "round": 1}


@pytest.mark.services
def test_a_separate_worker_answers_a_click(live_app: str, experiment: Experiment) -> None:
    visitor = Visitor(live_app)
    answer = visitor.post(f"/experiments/{experiment.pk}/predict/", first_click(visitor, experiment))
    assert answer.status == 200
    page = experiment.lesson.get_absolute_url()
    servers.wait_until(lambda: 'data-state="shown"' in visitor.get(page).text, "the packet on the page")
    assert SimulationRun.objects.get(kind="trace").attempts == 1


@pytest.mark.services
def test_the_sweeper_brings_a_lost_run_to_a_worker(
    celery_worker_process: None, experiment: Experiment, wait_until: WaitUntil
) -> None:
    scenario = experiment.scenario()
    long_ago = timezone.now() - timedelta(minutes=5)
    key = scenario.key("trace")
    SimulationRun.objects.create(key=key, kind="trace", request=scenario.request("trace"), enqueued_at=long_ago)
    simulations.sweep()
    wait_until(lambda: SimulationRun.objects.get(key=key).state == "done", "the lost run")


def test_a_run_whose_whole_worker_was_killed_is_run_again(
    celery_worker_process: None, broker_port: int, experiment: Experiment, wait_until: WaitUntil, tmp_path: Path
) -> None:
    """A worker is killed in the middle of a run; the sweeper sends the run again and another worker finishes it."""
    with broker_at(broker_port, tmp_path), own_worker("hold", broker_port) as group:
        run = queued_at(broker_port, experiment)
        wait_until(lambda: SimulationRun.objects.get(key=run.key).state == "running", "a claim")
        os.killpg(group, signal.SIGKILL)
    SimulationRun.objects.update(claimed_at=timezone.now() - simulations.LEASE - timedelta(seconds=1))
    simulations.sweep()
    wait_until(lambda: SimulationRun.objects.get(key=run.key).state == "done", "the second attempt")
    assert SimulationRun.objects.get(key=run.key).attempts == 2


def test_a_broker_that_is_not_there_is_said_within_two_seconds(site: str, experiment: Experiment) -> None:
    visitor = Visitor(site)
    answer = visitor.post(f"/experiments/{experiment.pk}/predict/", first_click(visitor, experiment))
    assert (answer.status, 'data-state="unavailable"' in answer.text) == (503, True)
    assert "The simulator cannot be reached. Your prediction is stored" in answer.text
    assert answer.seconds < 2.0
    assert Prediction.objects.count() == 1


def test_a_broker_that_accepts_and_says_nothing_is_said_within_two_seconds(
    site: str, broker_port: int, experiment: Experiment, tmp_path: Path
) -> None:
    visitor = Visitor(site)
    with broker_at(broker_port, tmp_path) as pid:
        data = first_click(visitor, experiment)
        os.kill(pid, signal.SIGSTOP)
        try:
            answer = visitor.post(f"/experiments/{experiment.pk}/predict/", data)
        finally:
            os.kill(pid, signal.SIGCONT)
    assert (answer.status, "cannot be reached" in answer.text) == (503, True)
    assert answer.seconds < 2.0
    assert Prediction.objects.count() == 1


def test_a_page_opened_while_the_broker_is_away_is_whole(site: str, experiment: Experiment) -> None:
    answer = Visitor(site).get(experiment.lesson.get_absolute_url())
    assert (answer.status, experiment.question in answer.text) == (200, True)
    assert answer.seconds < 2.0


def test_a_missing_worker_is_said_within_two_seconds(
    site: str, broker_port: int, experiment: Experiment, tmp_path: Path
) -> None:
    """Follows the fragment's own polling: the click, which waits for 800 ms, and 300 ms later the first poll."""
    visitor = Visitor(site)
    with broker_at(broker_port, tmp_path):
        data, start = first_click(visitor, experiment), time.monotonic()
        answer = visitor.post(f"/experiments/{experiment.pk}/predict/", data)
        assert 'data-state="pending"' in answer.text
        assert "load delay:300ms" in answer.text
        time.sleep(0.3)
        answer = visitor.get(f"/experiments/{experiment.pk}/result/?n=1")
        assert (answer.status, "has not answered yet" in answer.text) == (503, True)
        assert time.monotonic() - start < 2.0


def test_what_was_asked_during_an_outage_is_answered_after_a_retry(
    site: str, broker_port: int, experiment: Experiment, tmp_path: Path, wait_until: WaitUntil
) -> None:
    visitor = Visitor(site)
    answer = visitor.post(f"/experiments/{experiment.pk}/predict/", first_click(visitor, experiment))
    assert answer.status == 503
    with broker_at(broker_port, tmp_path), own_worker("", broker_port):
        answer = visitor.post(f"/experiments/{experiment.pk}/retry/", {})
        assert answer.status == 200
        wait_until(lambda: SimulationRun.objects.get(kind="trace").state == "done", "the answer")
        answer = visitor.get(f"/experiments/{experiment.pk}/result/")
    assert 'data-state="shown"' in answer.text


def test_a_run_that_kills_its_process_is_given_up_after_three_attempts(
    django_db_setup: None, broker_port: int, experiment: Experiment, wait_until: WaitUntil, tmp_path: Path
) -> None:
    with broker_at(broker_port, tmp_path), own_worker("kill", broker_port):
        run = queued_at(broker_port, experiment)
        wait_until(lambda: SimulationRun.objects.get(key=run.key).state == "failed", "the end of it", seconds=60)
    run.refresh_from_db()
    assert (run.attempts, run.error) == (3, "It was started 3 times and its worker stopped each time.")


def queued_at(port: int, experiment: Experiment) -> SimulationRun:
    """A run whose message is at the broker of this port."""
    scenario = experiment.scenario()
    values = {"kind": "trace", "request": scenario.request("trace"), "enqueued_at": timezone.now()}
    run = SimulationRun.objects.create(key=scenario.key("trace"), **values)
    with Connection(f"redis://127.0.0.1:{port}/0") as connection:
        current_app.send_task(simulations.TASK, args=[run.key], connection=connection)
    return run


@contextmanager
def own_worker(fault: str, port: int) -> Iterator[int]:
    """A worker process in a group of its own, with a fault of faulty_engine.py or none (""). Yields the group."""
    environment = own_environment(port) | {"HOP_TEST_FAULT": fault}
    options = ("--concurrency", "1", "--loglevel", "ERROR", "--without-mingle", "--without-gossip")
    command = (*programs.celery(), "worker", *options, "--include", "tests.lessons.faulty_engine")
    with servers.running(*command, environment=environment, stop_seconds=5) as process:
        yield os.getpgid(process.pid)
