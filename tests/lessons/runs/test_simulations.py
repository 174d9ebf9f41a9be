"""One run for equal questions; a claim, a result, and what happens when workers die. The engine is the real one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.core.cache import cache
from django.utils import timezone

from lessons import queue
from lessons.content.action_schema import Action, CommandSpec, FaultSpec, Variant
from lessons.content.manifests import ManifestError
from lessons.models import SimulationRun
from lessons.runs import scenarios, simulations
from lessons.runs.scenarios import Scenario
from lessons.runs.simulations import KEPT, LEASE, MAX_ATTEMPTS, RESEND, STALLED
from tests.lessons.factories import WITHOUT_ENDPOINTS, make_experiment

NOBODY = {"probe": {"from": "pod/ops/nobody", "to": "svc/app/api"}}

pytestmark = pytest.mark.django_db(transaction=True)
State = SimulationRun.State
LONG_AGO = LEASE + timedelta(seconds=60)


@pytest.fixture
def scenario() -> Scenario:
    return make_experiment().scenario()


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """The keys that workers are told about. No worker runs in these tests."""
    keys: list[str] = []

    def remember(body: Any, **_: Any) -> None:
        keys.append(body[0][0])

    before_task_publish.connect(remember)
    yield keys
    before_task_publish.disconnect(remember)


def stored(key: str, **values: Any) -> SimulationRun:
    """The run, changed to what a test needs. `..._ago` are timedeltas."""
    for name in ("enqueued", "claimed"):
        if ago := values.pop(f"{name}_ago", None):
            values[f"{name}_at"] = timezone.now() - ago
    SimulationRun.objects.filter(key=key).update(**values)
    return SimulationRun.objects.get(key=key)


def test_a_request_is_a_row_and_a_message_with_its_key_only(scenario: Scenario, sent: list[str]) -> None:
    run = simulations.request_trace(scenario)
    assert (run.state, run.key, sent) == (State.QUEUED, scenario.key("trace"), [run.key])


def test_a_second_learner_joins_the_queued_run(scenario: Scenario, sent: list[str]) -> None:
    assert simulations.request_trace(scenario).key == simulations.request_trace(scenario).key
    assert len(sent) == 1
    assert SimulationRun.objects.count() == 1


def test_a_finished_run_costs_neither_a_message_nor_a_query(
    scenario: Scenario, sent: list[str], django_assert_num_queries: Any
) -> None:
    simulations.perform(simulations.request_trace(scenario).key)
    with django_assert_num_queries(0):
        run = simulations.request_trace(scenario)
    assert run.result is not None
    assert run.result["exchange"]["client_sees"] == "connected"
    assert len(sent) == 1


def test_a_finished_run_is_found_without_the_cache(
    scenario: Scenario, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    simulations.perform(simulations.request_trace(scenario).key)
    monkeypatch.setattr(simulations.shared_cache, "attempt", lambda operation, *, otherwise: otherwise)
    assert simulations.request_trace(scenario).state == State.DONE
    assert len(sent) == 1


def test_the_key_depends_on_everything_that_the_result_depends_on(scenario: Scenario) -> None:
    seeded = Action(probe=scenario.action.spec.model_copy(update={"seed": 1}))
    others = [
        scenario,
        replace(scenario, manifests=scenario.manifests + "\n"),
        replace(scenario, changes=(WITHOUT_ENDPOINTS,)),
        replace(scenario, action=seeded),
        replace(scenario, action=Action(command=CommandSpec(at="pod/ops/client", line="ip route"))),
        replace(scenario, show=scenario.show.model_copy(update={"external": False})),
        replace(scenario, faults=(FaultSpec(name="ip-forward-off"),)),
        replace(scenario, compare=(Variant(label="other"),)),
    ]
    assert len({other.key("trace") for other in others}) == len(others)
    assert scenario.key("diagram") not in {other.key("trace") for other in others}


def test_the_key_depends_on_the_engine(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    before = scenario.key("trace")
    monkeypatch.setattr(scenarios.netsim, "ENGINE_VERSION", "another")
    assert scenario.key("trace") != before


def test_a_worker_stores_the_exchange_the_diagram_and_the_rows(scenario: Scenario) -> None:
    run = simulations.request_trace(scenario)
    simulations.perform(run.key)
    run.refresh_from_db()
    assert run.state == State.DONE
    assert set(run.result) == {"exchange", "diagram", "rows", "compare"}
    assert run.result["exchange"]["seen_by_server"]["source_ip"] == "10.244.1.2"


@pytest.mark.parametrize(
    ("variant", "sees"),
    [
        pytest.param({}, "refused", id="as the experiment"),
        pytest.param({"faults": []}, "refused", id="without its fault"),
        pytest.param({"changes": ""}, "refused", id="without its change"),
        pytest.param({"faults": [], "changes": ""}, "connected", id="without either"),
        pytest.param({"faults": ["ip-forward-off"], "changes": ""}, "refused", id="with one more fault"),
    ],
)
def test_what_a_variant_leaves_empty_takes_the_experiments_own_away(
    scenario: Scenario, variant: dict[str, Any], sees: str
) -> None:
    broken = replace(
        scenario,
        changes=(WITHOUT_ENDPOINTS,),
        faults=(FaultSpec(name="selector-typo"),),
        compare=(Variant.model_validate({"label": "beside", **variant}),),
    )
    kept = Scenario.of_document(json.loads(json.dumps(broken.document())))
    assert scenarios.play("trace", kept.request("trace"))["compare"][0]["exchange"]["client_sees"] == sees


def test_a_variant_may_be_another_packet(scenario: Scenario) -> None:
    other = Variant.model_validate({"label": "beside", "instead": {"port": 81}})
    (beside,) = scenarios.play("trace", replace(scenario, compare=(other,)).request("trace"))["compare"]
    assert beside["exchange"]["request"]["hops"][0]["packet"]["tcp"]["destination_port"] == 81


def test_a_scenario_is_kept_as_what_it_is_made_of(scenario: Scenario) -> None:
    document = json.loads(json.dumps(scenario.document()))
    assert set(document) == {field.name for field in fields(Scenario)}
    assert Scenario.of_document(document) == scenario


def test_a_diagram_needs_no_probe(scenario: Scenario) -> None:
    run = simulations.request_diagram(scenario)
    simulations.perform(run.key)
    assert set(simulations.request_diagram(scenario).result or {}) == {"diagram"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param({"action": NOBODY}, "no Pod ops/nobody", id="probe"),
        pytest.param({"changes": "kind: Service"}, "changes.yaml:1", id="changes"),
    ],
)
def test_content_that_the_engine_refuses_fails_with_its_message(values: dict[str, Any], message: str) -> None:
    scenario = make_experiment(**values).scenario()
    run = simulations.request_trace(scenario)
    simulations.perform(run.key)
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert message in run.error
    assert run.attempts == 1


def test_an_error_of_the_engine_fails_the_run_and_is_raised(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(kind: str, request: object) -> None:
        raise ZeroDivisionError

    run = simulations.request_trace(scenario)
    monkeypatch.setattr(simulations, "play", broken)
    with pytest.raises(ZeroDivisionError):
        simulations.perform(run.key)
    run.refresh_from_db()
    assert (run.state, "ZeroDivision" in run.error) == (State.FAILED, False)


# who may claim a run: (stored state, is the message a redelivery) -> is it performed
@pytest.mark.services
@pytest.mark.parametrize(
    ("values", "redelivered", "performed"),
    [
        pytest.param({}, False, True, id="queued"),
        pytest.param({"state": "running", "claimed_ago": timedelta(0, 1)}, False, False, id="another worker is at it"),
        pytest.param({"state": "running", "claimed_ago": timedelta(0, 1)}, True, True, id="its worker died"),
        pytest.param({"state": "running", "claimed_ago": LONG_AGO}, False, True, id="its lease ran out"),
        pytest.param({"state": "done", "result": {"kept": True}}, True, False, id="done"),
        pytest.param({"state": "failed"}, True, False, id="failed"),
        pytest.param({"attempts": MAX_ATTEMPTS}, False, False, id="no attempts left"),
    ],
)
def test_a_worker_performs_what_nobody_else_does(
    scenario: Scenario, values: dict[str, Any], redelivered: bool, performed: bool
) -> None:
    run = stored(simulations.request_trace(scenario).key, **values)
    simulations.perform(run.key, redelivered=redelivered)
    after = SimulationRun.objects.get(key=run.key)
    assert (after.attempts == run.attempts + 1) is performed
    assert (after.state == State.DONE and after.result != run.result) is performed


def test_a_run_that_keeps_killing_workers_fails_after_its_last_attempt(scenario: Scenario) -> None:
    run = stored(
        simulations.request_trace(scenario).key,
        state="running",
        attempts=MAX_ATTEMPTS,
        claimed_ago=timedelta(seconds=1),
    )
    simulations.perform(run.key, redelivered=True)
    run.refresh_from_db()
    assert (run.state, run.error) == (State.FAILED, "It was started 3 times and its worker stopped each time.")


@pytest.mark.services
def test_only_the_newest_claimant_writes(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first worker is thought dead and is not: while it runs the engine, a second one claims and finishes."""
    run = simulations.request_trace(scenario)
    claimants: list[int] = []

    def play(kind: str, request: object) -> dict[str, Any]:
        claimants.append(len(claimants) + 1)
        claimant = claimants[-1]
        if claimant == 1:
            simulations.perform(run.key, redelivered=True)
        return {"claimant": claimant}

    monkeypatch.setattr(simulations, "play", play)
    simulations.perform(run.key)
    run.refresh_from_db()
    assert (claimants, run.attempts, run.result) == ([1, 2], 2, {"claimant": 2})


@pytest.mark.parametrize(
    ("values", "resent"),
    [
        pytest.param({}, 0, id="queued a moment ago"),
        pytest.param({"enqueued_ago": RESEND + timedelta(seconds=1)}, 1, id="queued, and lost on its way"),
        pytest.param({"state": "running", "claimed_ago": STALLED}, 0, id="running"),
        pytest.param({"state": "running", "claimed_ago": LONG_AGO}, 1, id="its worker died"),
        pytest.param({"state": "done", "result": {}, "enqueued_ago": LONG_AGO}, 0, id="done"),
        pytest.param({"state": "failed", "enqueued_ago": LONG_AGO}, 0, id="failed"),
        pytest.param({"state": "running", "claimed_ago": LONG_AGO, "attempts": 3}, 0, id="no attempts left"),
    ],
)
def test_the_sweeper_sends_again_what_got_lost(
    scenario: Scenario, sent: list[str], values: dict[str, Any], resent: int
) -> None:
    run = stored(simulations.request_trace(scenario).key, **values)
    sent.clear()
    assert simulations.sweep() == resent
    assert sent == [run.key] * resent
    assert simulations.sweep() == 0


def test_the_sweeper_fails_what_has_no_attempts_left(scenario: Scenario) -> None:
    run = stored(simulations.request_trace(scenario).key, state="running", claimed_ago=LONG_AGO, attempts=MAX_ATTEMPTS)
    simulations.sweep()
    run.refresh_from_db()
    assert run.state == State.FAILED


@pytest.mark.parametrize(
    ("values", "resent", "attempts"),
    [
        pytest.param({}, 1, 0, id="queued"),
        pytest.param({"state": "failed", "attempts": 3}, 1, MAX_ATTEMPTS - 1, id="failed: one more attempt"),
        pytest.param({"state": "running", "attempts": 1, "claimed_ago": timedelta(seconds=1)}, 0, 1, id="running"),
        pytest.param({"state": "running", "attempts": 1, "claimed_ago": LONG_AGO}, 1, 1, id="stalled"),
    ],
)
def test_a_learner_can_have_a_run_sent_again(
    scenario: Scenario, sent: list[str], values: dict[str, Any], resent: int, attempts: int
) -> None:
    run = stored(simulations.request_trace(scenario).key, **values)
    sent.clear()
    simulations.retry("trace", scenario)
    assert sent == [run.key] * resent
    assert SimulationRun.objects.get(key=run.key).attempts == attempts


def test_solve_computes_here_what_nobody_asked_before(scenario: Scenario, sent: list[str]) -> None:
    assert simulations.solve(scenario)["exchange"]["client_sees"] == "connected"
    assert sent == []
    assert simulations.request_trace(scenario).state == State.DONE


def test_solve_finishes_a_run_that_waits_for_a_worker(scenario: Scenario) -> None:
    run = simulations.request_trace(scenario)
    simulations.solve(scenario)
    run.refresh_from_db()
    assert run.state == State.DONE


def test_solve_raises_what_the_engine_refuses() -> None:
    with pytest.raises(ManifestError, match=r"changes\.yaml:1"):
        simulations.solve(make_experiment(changes="kind: Service").scenario())


def test_waiting_gives_up_when_too_many_others_wait(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    run = simulations.request_trace(scenario)
    monkeypatch.setattr(simulations.time, "sleep", lambda seconds: pytest.fail("waited"))
    taken = [queue.WAITING_THREADS.acquire(blocking=False) for _ in range(12)]
    try:
        assert simulations.wait_for(run, 5.0) is run
    finally:
        for _ in taken:
            queue.WAITING_THREADS.release()


def test_a_run_that_ended_long_ago_is_forgotten_and_made_anew(scenario: Scenario, sent: list[str]) -> None:
    simulations.solve(scenario)
    simulations.solve(scenario, SimulationRun.Kind.DIAGRAM)
    long_ago = timezone.now() - KEPT - timedelta(minutes=1)
    SimulationRun.objects.filter(kind="trace").update(finished_at=long_ago)
    SimulationRun.objects.create(key="waiting", kind="trace", request={}, enqueued_at=long_ago)
    cache.clear()
    assert simulations.forget() == 1
    assert set(SimulationRun.objects.values_list("kind", "state")) == {("diagram", "done"), ("trace", "queued")}
    assert simulations.request_trace(scenario).state == "queued"
    assert sent == [scenario.key("trace")]
