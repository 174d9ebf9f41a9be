"""Runs the engine through Celery, once for each distinct question, and keeps the answer.

    request_trace(scenario)    what a click asks for: the stored run, or a new one that a worker is told about
    request_diagram(scenario)  the same for the picture of the cluster alone
    request_run(kind, …)       the same for whatever else lessons.runs.plays can answer
    wait_for(run, seconds)     gives a worker a moment to finish
    retry(kind, scenario)      tells a worker again; restart(rows) the same for rows
    perform(key)               the worker's part: claim, run the engine, store
    solve(scenario)            for code that may take its time, such as grading: the stored result, else computed here
    sweep()                    sends again what got lost on the way
    forget()                   deletes what ended long ago

A run is a row whose primary key is the hash of its content. Being told twice does no harm: a worker claims the row by
a conditional UPDATE, and only the newest claimant may write the result. A run that was started MAX_ATTEMPTS times and
never ended has killed its workers; it is failed and not started again, unless a learner asks for one more attempt.
"""

from __future__ import annotations

import logging
import secrets
import time
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from kombu.exceptions import OperationalError

import netsim
from lessons import phrases
from lessons.content.manifests import ManifestError
from lessons.models import SimulationRun
from lessons.queue import WAITING_THREADS
from lessons.runs import shared_cache
from lessons.runs.plays import Question, play
from lessons.runs.scenarios import Scenario

TOO_LONG = gettext_noop("It took longer than {number} seconds and was stopped.")
OWN_ERROR = gettext_noop("The engine stopped with an error of its own, which is logged.")
NEVER_ENDED = gettext_noop("It was started {number} times and its worker stopped each time.")
phrases.register(TOO_LONG, OWN_ERROR, NEVER_ENDED)

State, Kind = SimulationRun.State, SimulationRun.Kind
MAX_ATTEMPTS = 3
OVERDUE = timedelta(seconds=1)  # then a learner is told that the simulator does not answer
STALLED = timedelta(seconds=5)  # then a learner may have a started run started again
RESEND = timedelta(seconds=10)  # then a queued run counts as lost on its way
LEASE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 10)  # then whoever claimed a run is dead
SWEEP_LIMIT = 200
KEPT = timedelta(days=30)  # a playground makes many runs that nobody asks for again
FORGET_LIMIT = 900
POLL_SECONDS = 0.01
TASK = "lessons.tasks.simulate"
logger = logging.getLogger(__name__)


class SimulatorUnavailableError(Exception):
    """No worker could be told about this run. It stays queued, and the sweeper sends it later."""

    def __init__(self, run: SimulationRun) -> None:
        super().__init__(gettext("{run} could not be sent to a worker").format(run=run))
        self.run = run


def request_trace(scenario: Scenario) -> SimulationRun:
    """The run for this scenario: finished if anyone asked before, else queued. Raises SimulatorUnavailableError."""
    return _request(Kind.TRACE, scenario)


def request_diagram(scenario: Scenario) -> SimulationRun:
    """Like request_trace, for the picture of the cluster. Raises SimulatorUnavailableError."""
    return _request(Kind.DIAGRAM, scenario)


def request_run(kind: str, question: Scenario | Question) -> SimulationRun:
    """Like request_trace, for anything that lessons.runs.plays can answer. Raises SimulatorUnavailableError."""
    return _request(kind, question)


def find(kind: str, scenario: Scenario | Question) -> SimulationRun | None:
    """The run for this scenario if there is one. A finished one costs no database query."""
    key = scenario.key(kind)
    result = shared_cache.attempt(partial(cache.get, _cache_key(key)), otherwise=None)
    if result is not None:
        return SimulationRun(key=key, kind=kind, state=State.DONE, result=result)
    run = SimulationRun.objects.filter(key=key).first()
    if run is not None and run.state == State.DONE:
        _remember(run.key, run.result)
    return run


def wait_for(run: SimulationRun, seconds: float) -> SimulationRun:
    """The run as it is once it finished, or after that many seconds. Does not wait when too many others do."""
    if run.is_finished or not WAITING_THREADS.acquire(blocking=False):
        return run
    try:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            state = SimulationRun.objects.filter(key=run.key).values_list("state", flat=True).first()
            if state in (State.DONE, State.FAILED):
                break
    finally:
        WAITING_THREADS.release()
    return SimulationRun.objects.filter(key=run.key).first() or run


def is_overdue(run: SimulationRun) -> bool:
    return not run.is_finished and run.enqueued_at < timezone.now() - OVERDUE


def retry(kind: str, scenario: Scenario | Question) -> SimulationRun:
    """Tells a worker again about a run that is queued, stalled or failed. Raises SimulatorUnavailableError."""
    rows = SimulationRun.objects.filter(key=scenario.key(kind))
    return rows.get() if restart(rows) else _request(kind, scenario)


def restart(rows: QuerySet[SimulationRun]) -> int:
    """Sends those of these runs that are queued, stalled or failed; returns how many.

    A failed run gets one more attempt. Raises SimulatorUnavailableError.
    """
    now = timezone.now()
    rows.filter(state=State.FAILED).update(state=State.QUEUED, attempts=MAX_ATTEMPTS - 1, error="")
    rows.filter(state=State.RUNNING, claimed_at__lt=now - STALLED).update(state=State.QUEUED)
    queued = rows.filter(state=State.QUEUED)
    queued.update(enqueued_at=now)
    runs = tuple(queued)
    for run in runs:
        _send(run)
    return len(runs)


def perform(key: str, *, redelivered: bool = False) -> None:
    """Runs the engine for this run, unless it is finished or someone else is at it, and stores the result.

    A redelivered task means that its worker died, so a claim is taken over. Content that the engine refuses makes a
    failed run with the engine's message; any other exception makes a failed run and is raised.
    """
    token = _claim(key, redelivered)
    if token is None:
        return
    kind, request = SimulationRun.objects.values_list("kind", "request").get(key=key)
    try:
        result = play(kind, request)
    except (ManifestError, netsim.NetsimError) as error:
        _finish(key, token, state=State.FAILED, error=str(error))
    except SoftTimeLimitExceeded:
        limit = settings.CELERY_TASK_SOFT_TIME_LIMIT
        _finish(key, token, state=State.FAILED, error=TOO_LONG.format(number=limit))
    except Exception:
        _finish(key, token, state=State.FAILED, error=OWN_ERROR)
        raise
    else:
        _finish(key, token, state=State.DONE, result=result)
        _remember(key, result)


def solve(scenario: Scenario | Question, kind: str = Kind.TRACE) -> dict[str, Any]:
    """The result for this scenario, computed in this process when it is not stored yet.

    Raises ManifestError or netsim.NetsimError for content that the engine refuses.
    """
    run = find(kind, scenario)
    if run is not None and run.result is not None:
        return dict(run.result)
    request, key, now = scenario.request(kind), scenario.key(kind), timezone.now()
    result = play(kind, request)
    values = {"kind": kind, "request": request, "state": State.DONE, "result": result, "error": "", "finished_at": now}
    SimulationRun.objects.update_or_create(key=key, defaults=values, create_defaults=values | {"enqueued_at": now})
    _remember(key, result)
    return result


def sweep() -> int:
    """Sends runs again that were lost on their way or whose worker died; returns how many. For a periodic task."""
    now = timezone.now()
    _fail_exhausted(SimulationRun.objects.filter(claimed_at__lt=now - LEASE))
    queued = Q(state=State.QUEUED, enqueued_at__lt=now - RESEND)
    dead = Q(state=State.RUNNING, claimed_at__lt=now - LEASE)
    lost = SimulationRun.objects.filter(queued | dead).order_by("enqueued_at")[:SWEEP_LIMIT]
    for run in lost:
        SimulationRun.objects.filter(queued | dead, key=run.key).update(state=State.QUEUED, enqueued_at=now)
        _send(run)
    return len(lost)


def forget() -> int:
    """Deletes runs that ended long ago; returns how many. Who asks again makes them anew. For a periodic task."""
    old = SimulationRun.objects.filter(finished_at__lt=timezone.now() - KEPT).values_list("key", flat=True)
    deleted, _by_model = SimulationRun.objects.filter(key__in=list(old[:FORGET_LIMIT])).delete()
    return deleted


def _request(kind: str, scenario: Scenario | Question) -> SimulationRun:
    run = find(kind, scenario)
    if run is None:
        values = {"kind": kind, "request": scenario.request(kind), "enqueued_at": timezone.now()}
        run, created = SimulationRun.objects.get_or_create(key=scenario.key(kind), defaults=values)
    else:
        created = False
    if created or _is_lost(run):
        transaction.on_commit(partial(_send, run))
    return run


def _is_lost(run: SimulationRun) -> bool:
    """Whether this queued run must be sent again; of several who ask at once, one is told so."""
    now = timezone.now()
    if run.state != State.QUEUED or run.enqueued_at >= now - RESEND:
        return False
    rows = SimulationRun.objects.filter(key=run.key, state=State.QUEUED, enqueued_at=run.enqueued_at)
    return bool(rows.update(enqueued_at=now))


def _send(run: SimulationRun) -> None:
    try:
        current_app.send_task(TASK, args=[run.key])
    except OperationalError as error:
        logger.warning("the broker does not answer (%s); %s stays queued", type(error).__name__, run)
        raise SimulatorUnavailableError(run) from error


def _claim(key: str, redelivered: bool) -> str | None:
    """A token for the right to write this run's result, or None when there is nothing to do."""
    now, token = timezone.now(), secrets.token_hex(16)
    abandoned = Q(state=State.RUNNING) if redelivered else Q(state=State.RUNNING, claimed_at__lt=now - LEASE)
    rows = SimulationRun.objects.filter(Q(state=State.QUEUED) | abandoned, key=key)
    _fail_exhausted(rows)
    claimed = rows.filter(attempts__lt=MAX_ATTEMPTS).update(
        state=State.RUNNING, attempts=F("attempts") + 1, token=token, claimed_at=now
    )
    return token if claimed else None


def _fail_exhausted(rows: QuerySet[SimulationRun]) -> None:
    failed = rows.filter(state__in=(State.QUEUED, State.RUNNING), attempts__gte=MAX_ATTEMPTS).update(
        state=State.FAILED,
        error=NEVER_ENDED.format(number=MAX_ATTEMPTS),
        finished_at=timezone.now(),
    )
    if failed:
        logger.error("%d simulation(s) failed: each attempt ended its worker", failed)


def _finish(key: str, token: str, **values: Any) -> None:
    owned = SimulationRun.objects.filter(key=key, token=token, state=State.RUNNING)
    if not owned.update(finished_at=timezone.now(), **values):
        logger.info("result of %s dropped: another worker took over", key[:12])


def _remember(key: str, result: Any) -> None:
    shared_cache.attempt(partial(cache.set, _cache_key(key), result), otherwise=None)


def _cache_key(key: str) -> str:
    return f"simulation:{key}"
