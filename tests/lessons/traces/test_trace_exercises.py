"""A learner works through traces: what is shown when, what is stored, and what counts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django.asserts import assertRedirects

from lessons import learners, progress
from lessons.models import Learner, Status, TraceAnswer, TraceExercise
from lessons.runs import simulations
from lessons.traces import exercises as trace_exercises
from tests.lessons.factories import make_experiment, make_lesson, make_trace

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
RIGHT = {"destination-1": "10.244.1.3:8080", "ttl-3": "64"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_exercises, "WAIT_SECONDS", 0.0)


def solved_by_the_engine(kind: str = "blanks", **content: Any) -> TraceExercise:
    exercise = make_trace(kind=kind, **content)
    simulations.solve(exercise.scenario())
    return exercise


def check(client: Client, exercise: TraceExercise, data: dict[str, str], **headers: str) -> Any:
    return client.post(reverse("trace_check", args=[exercise.pk]), data, **(headers or HTMX))


def page_of(client: Client, exercise: TraceExercise) -> str:
    return client.get(exercise.lesson.get_absolute_url()).content.decode()


def test_why_a_packet_cannot_be_traced_is_said_in_the_readers_language() -> None:
    exercise = make_trace(probe={"from": "pod/ops/nobody", "to": "svc/app/api", "port": 80})
    run = simulations.request_trace(exercise.scenario())
    simulations.perform(run.key)
    with translation.override("de"):
        message = trace_exercises.look(exercise, None).message
    assert "kein Pod ops/nobody" in message


@pytest.mark.parametrize("kind", ["blanks", "alone"])
def test_the_page_tells_no_answer_and_no_picture_before_the_gaps_are_filled(client: Client, kind: str) -> None:
    exercise = solved_by_the_engine(kind)
    page = page_of(client, exercise)
    assert "10.244.1.3" not in page
    assert "data-canvas" not in page
    assert "The address of app/one" not in page
    assert "Nobody changes anything" not in page


def test_a_worked_trace_shows_picture_and_notes_at_once(client: Client) -> None:
    page = page_of(client, solved_by_the_engine("worked"))
    assert "data-canvas" in page
    assert page.count("<em>eth0</em>") == 1  # for the step's panel; the table follows the page
    assert "It is one hop." in page


def test_the_page_leads_to_the_table_of_a_worked_trace(client: Client) -> None:
    exercise = solved_by_the_engine("worked")
    address = reverse("trace_table", args=[exercise.pk])
    page = page_of(client, exercise)
    assert (f'hx-get="{address}"' in page, f'href="{address}"' in page, "data-row=" in page) == (True, True, False)


@pytest.mark.parametrize(
    ("headers", "parts"),
    [
        pytest.param(HTMX, {"<html": 0, "<em>eth0</em>": 1, "data-jump": 12}, id="htmx: with the player's buttons"),
        pytest.param({}, {"<html": 1, "<em>eth0</em>": 1, "data-jump": 0}, id="a page: without"),
    ],
)
def test_the_table_of_a_worked_trace_is_there_by_itself(
    client: Client, headers: dict[str, str], parts: dict[str, int]
) -> None:
    response = client.get(reverse("trace_table", args=[solved_by_the_engine("worked").pk]), **headers)
    assert {part: response.content.decode().count(part) for part in parts} == parts


def test_a_table_that_the_browser_has_is_not_sent_again(client: Client) -> None:
    address = reverse("trace_table", args=[solved_by_the_engine("worked").pk])
    first = client.get(address, **HTMX)
    again = client.get(address, **HTMX, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (first["Cache-Control"], again.status_code) == ("private, no-cache", 304)


@pytest.mark.parametrize("kind", ["blanks", "alone"])
def test_the_table_by_itself_gives_no_gap_away(client: Client, kind: str) -> None:
    exercise = solved_by_the_engine(kind)
    address = reverse("trace_table", args=[exercise.pk])
    assert client.get(address, **HTMX).status_code == 204
    assertRedirects(client.get(address), exercise.get_absolute_url(), fetch_redirect_response=False)


def test_the_table_of_a_draft_is_not_there(client: Client) -> None:
    exercise = solved_by_the_engine("worked")
    exercise.lesson.status = Status.DRAFT
    exercise.lesson.save()
    assert client.get(reverse("trace_table", args=[exercise.pk])).status_code == 404


def test_a_table_that_is_not_traced_yet_is_asked_for_afterwards(client: Client) -> None:
    exercise = make_trace()
    assert f'hx-get="/traces/{exercise.pk}/?n=1"' in page_of(client, exercise)
    response = client.get(reverse("trace", args=[exercise.pk]), {"n": 1}, **HTMX)
    assert "The simulator is tracing the packet." in response.content.decode()
    assert f'hx-get="/traces/{exercise.pk}/?n=2"' in response.content.decode()


def test_reading_asks_no_worker_and_makes_no_learner(client: Client) -> None:
    page_of(client, make_trace())
    assert not Learner.objects.exists()


def test_a_wrong_cell_gets_its_hint_and_a_right_one_its_explanation(client: Client) -> None:
    exercise = solved_by_the_engine()
    wrong = check(client, exercise, {"destination-1": "10.244.1.99:80"}).content.decode()
    assert ("not yet" in wrong, "What was dialed?" in wrong, "10.244.1.3" in wrong) == (True, True, False)
    right = check(client, exercise, {"destination-1": RIGHT["destination-1"]}).content.decode()
    assert ("The address of app/one." in right, "1 of 2 right, 1 to go." in right) == (True, True)


def test_beside_the_count_a_link_leads_to_the_first_open_gap(client: Client) -> None:
    exercise = solved_by_the_engine()
    assert "trace__next" not in page_of(client, exercise)
    page = check(client, exercise, {"destination-1": RIGHT["destination-1"]}).content.decode()
    target = re.search(r'class="trace__next" href="#([^"]+)"', page)
    assert target
    assert f'id="{target[1]}" type="text" name="ttl-3"' in page


def test_what_was_typed_stays_in_its_gap(client: Client) -> None:
    exercise = solved_by_the_engine()
    check(client, exercise, {"destination-1": "10.9.9.9:9"})
    check(client, exercise, {"ttl-3": "7"})
    page = page_of(client, exercise)
    assert ('value="10.9.9.9:9"' in page, 'value="7"' in page) == (True, True)


def test_when_all_gaps_are_filled_the_packet_can_be_played(client: Client) -> None:
    exercise = solved_by_the_engine()
    page = check(client, exercise, RIGHT).content.decode()
    assert ('data-state="shown"' in page, "data-canvas" in page, "2 of them by you" in page) == (True, True, True)


def test_one_cell_can_be_given_up(client: Client) -> None:
    exercise = solved_by_the_engine()
    page = check(client, exercise, {"show": "destination-1", "ttl-3": "9"}).content.decode()
    assert ("10.244.1.3:8080" in page, 'data-state="ask"' in page, 'value="9"' in page) == (True, True, True)
    answer = TraceAnswer.objects.get()
    assert (answer.shown, answer.correct, answer.asked, answer.solved) == (["destination-1"], 0, 2, False)


def test_given_up_and_filled_cells_together_solve_it(client: Client) -> None:
    exercise = solved_by_the_engine()
    check(client, exercise, {"show": "destination-1"})
    page = check(client, exercise, {"ttl-3": "64"}).content.decode()
    assert "1 of them by you" in page
    assert list(TraceAnswer.objects.values_list("correct", "solved")) == [(0, False), (1, True)]


def test_tries_are_only_ever_added(client: Client) -> None:
    exercise = solved_by_the_engine()
    for value in ("1", "2", "64"):
        check(client, exercise, {"ttl-3": value})
    assert [answer.answers["ttl-3"] for answer in TraceAnswer.objects.all()] == ["1", "2", "64"]


def test_it_can_be_filled_in_again_and_stays_done(client: Client) -> None:
    exercise = solved_by_the_engine()
    check(client, exercise, RIGHT)
    page = client.post(reverse("trace_again", args=[exercise.pk]), **HTMX).content.decode()
    assert ('data-state="ask"' in page, "tag--done" in page, "2 gaps to fill." in page) == (True, True, True)


def test_following_a_worked_trace_counts(client: Client) -> None:
    exercise = solved_by_the_engine("worked")
    page = client.post(reverse("trace_follow", args=[exercise.pk]), **HTMX).content.decode()
    assert ("I followed it" in page, TraceAnswer.objects.get().solved) == (False, True)


def test_gaps_cannot_be_skipped_by_saying_that_one_followed(client: Client) -> None:
    exercise = solved_by_the_engine()
    page = client.post(reverse("trace_follow", args=[exercise.pk]), **HTMX).content.decode()
    assert ('data-state="ask"' in page, TraceAnswer.objects.count()) == (True, 0)


@pytest.mark.parametrize("action", ["check", "follow", "again"])
def test_a_plain_form_goes_back_to_the_exercise(client: Client, action: str) -> None:
    exercise = solved_by_the_engine()
    response = client.post(reverse(f"trace_{action}", args=[exercise.pk]), RIGHT)
    assert (response.status_code, response["Location"]) == (302, "/courses/networking/services/#trace-blanks")


def test_what_no_table_asks_for_is_not_stored(client: Client) -> None:
    exercise = solved_by_the_engine()
    check(client, exercise, {"ttl-3": "64", "port-3": "1", "ttl-0": "1", "show": "everything"})
    assert (TraceAnswer.objects.get().answers, TraceAnswer.objects.get().shown) == ({"ttl-3": "64"}, [])


def test_answers_outlive_an_outage_and_count_afterwards(client: Client) -> None:
    exercise = make_trace()
    check(client, exercise, RIGHT)
    assert TraceAnswer.objects.get().solved is False
    simulations.solve(exercise.scenario())
    assert 'data-state="shown"' in page_of(client, exercise)
    assert TraceAnswer.objects.get().solved is True


@pytest.mark.parametrize("action", ["trace", "trace_check", "trace_follow", "trace_again"])
def test_a_draft_s_trace_does_not_exist_for_learners(client: Client, action: str) -> None:
    exercise = make_trace(make_lesson(status="draft"))
    url = reverse(action, args=[exercise.pk])
    assert (client.get(url) if action == "trace" else client.post(url)).status_code == 404


@pytest.mark.parametrize("action", ["check", "follow", "again"])
def test_what_stores_something_must_be_posted(client: Client, action: str) -> None:
    assert client.get(reverse(f"trace_{action}", args=[make_trace().pk])).status_code == 405


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param({"probe": {"from": "pod/ops/client"}}, "This trace is not ready", id="malformed"),
        pytest.param({"probe": {"from": "pod/ops/nobody", "to": "pod/app/one"}}, "no Pod ops/nobody", id="refused"),
    ],
)
def test_an_exercise_that_cannot_be_traced_says_why(client: Client, content: Any, message: str) -> None:
    exercise = make_trace(**content)
    url = reverse("trace", args=[exercise.pk])
    client.get(url, **HTMX)
    for key in simulations.SimulationRun.objects.values_list("key", flat=True):
        simulations.perform(key)
    response = client.get(url, **HTMX)
    assert (response.status_code, message in response.content.decode()) == (503, True)


def test_traces_stand_where_the_text_places_them_and_else_at_the_end(client: Client) -> None:
    lesson = make_lesson(body="before\n\n::trace[alone]\n\nafter\n\n::trace[nothing]")
    make_trace(lesson, "blanks")
    make_trace(lesson, "alone")
    page = client.get(lesson.get_absolute_url()).content.decode()
    body = page[page.index("<p>before") :]
    places = [body.index(mark) for mark in ("<p>before", 'id="trace-alone"', "<p>after", 'id="trace-blanks"')]
    assert places == sorted(places)


def test_traces_are_counted_beside_the_experiments_that_complete_a_lesson() -> None:
    lesson = make_lesson()
    make_experiment(lesson)
    traces = [make_trace(lesson, kind) for kind in ("worked", "blanks")]
    learner = Learner.objects.create()
    for solved in (True, True):
        TraceAnswer.objects.create(learner=learner, exercise=traces[0], solved=solved)
    (card,) = progress.lesson_cards([lesson], learner)
    assert (card.traces, card.traced, card.completed) == (2, 1, False)


def test_a_guests_answers_become_the_users() -> None:
    guest, user = Learner.objects.create(), Learner.objects.create()
    TraceAnswer.objects.create(learner=guest, exercise=make_trace(), answers={"ttl-3": "1"})
    learners.merge(guest, user)
    assert TraceAnswer.objects.get().learner == user
