"""The language of the interface: who gets which, how it is chosen, and that texts in another one are marked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lessons.experiments import predictions
from lessons.learners import SESSION_KEY
from lessons.models import Experiment, Learner, Prediction, SimulationRun
from lessons.runs import simulations
from tests.lessons.factories import make_experiment
from tests.quizzes.factories import make_attempt, make_quiz

pytestmark = pytest.mark.django_db
GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.fixture
def german() -> Client:
    return Client(headers=GERMAN)


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de", "de"), ("de-CH", "de"), ("en-US", "en"), ("fr,de;q=0.5", "de"), ("fr", "en"), ("", "en")],
    ids=["German", "Swiss German", "American", "German as second", "French", "nothing said"],
)
def test_a_browser_gets_the_language_it_asks_for(client: Client, accepted: str, language: str) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    assert f'<html lang="{language}" dir="ltr"' in client.get("/", headers=headers).content.decode()


def test_caches_keep_a_page_for_each_language_and_cookie(german: Client) -> None:
    assert {"Accept-Language", "Cookie"} <= set(german.get("/").headers["Vary"].split(", "))


def test_the_footer_offers_every_language_and_marks_the_current_one(german: Client) -> None:
    choices = re.findall(r'<button[^>]*name="language"[^>]*>', page(german, "/"))
    assert [re.findall(r'value="(\w+)"', choice)[0] for choice in choices] == [code for code, _ in settings.LANGUAGES]
    assert ["aria-current" in choice for choice in choices] == [False, True]


def choose(client: Client, language: str, came_from: str = "/glossary/?q=x") -> Any:
    return client.post(
        reverse("set_language"), {"language": language}, headers={"Referer": f"http://testserver{came_from}"}
    )


def test_choosing_a_language_comes_back_to_the_same_page(client: Client) -> None:
    response = choose(client, "de")
    assert (response.status_code, response.headers["Location"]) == (302, "http://testserver/glossary/?q=x")


def test_the_choice_is_kept_and_counts_more_than_the_browser(german: Client) -> None:
    choose(german, "en")
    assert '<html lang="en"' in page(german, "/glossary/")


def test_an_unknown_language_changes_nothing(client: Client) -> None:
    choose(client, "xx")
    assert '<html lang="en"' in page(client, "/glossary/")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "Sieh, was das Paket sieht."),
        ("/glossary/", "Glossar"),
        ("/accounts/login/", "Benutzername"),
        ("/nowhere/", "Seite nicht gefunden"),
    ],
)
def test_pages_are_in_german(german: Client, path: str, text: str) -> None:
    assert text in page(german, path)


def test_a_quiz_is_in_german_and_its_questions_in_the_language_of_the_course(german: Client) -> None:
    quiz = make_quiz()
    attempt = make_attempt(quiz)
    session = german.session
    session[SESSION_KEY] = attempt.learner.pk
    session.save()
    html = page(german, attempt.get_absolute_url())
    assert ("Zur Bewertung abgeben" in html, f'<h1 lang="en">{quiz.title}</h1>' in html) == (True, True)


@pytest.fixture
def shown(german: Client, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """An experiment that the German learner has predicted, and that the engine has played."""
    monkeypatch.setattr(predictions, "WAIT_SECONDS", 0.0)
    experiment = make_experiment(intro="Dial the Service.")
    simulations.solve(experiment.scenario())
    german.get(experiment.lesson.get_absolute_url())
    data = {"option": experiment.options.all()[0].pk, "round": 1}
    german.post(reverse("predict", args=[experiment.pk]), data)
    return experiment


def test_the_packet_is_told_in_german(german: Client, shown: Experiment) -> None:
    html = page(german, shown.lesson.get_absolute_url())
    table = page(german, reverse("experiment_table", args=[shown.pk]))
    assert "Der Client sieht: verbunden" in table
    assert '<span class="hops__detail">Pod ops/client auf n1</span>' in table
    assert "Auf Node n1 (" in html


def test_the_text_of_authors_is_marked_as_theirs(german: Client, shown: Experiment) -> None:
    html = page(german, shown.lesson.get_absolute_url())
    assert re.search(r'<div class="prose" lang="en"><p>Dial the Service.</p>', html)


def test_a_browser_keeps_a_playback_for_each_language(german: Client, shown: Experiment) -> None:
    run = SimulationRun.objects.get(kind=SimulationRun.Kind.TRACE)
    response = german.get(reverse("playback", args=[run.key]))
    assert response.json()["rows"][0]["detail"] == "Pod ops/client auf n1"
    assert {"Accept-Language", "Cookie"} <= set(response.headers["Vary"].split(", "))


def test_the_same_result_is_told_in_english_to_others(client: Client, shown: Experiment) -> None:
    learner = Learner.objects.create()
    option = shown.options.all()[0]
    Prediction.objects.create(learner=learner, experiment=shown, option=option, option_text=option.text, round=1)
    session = client.session
    session[SESSION_KEY] = learner.pk
    session.save()
    table = page(client, reverse("experiment_table", args=[shown.pk]))
    assert ("The client sees: connected" in table, "Pod ops/client on n1" in table) == (True, True)


def test_on_an_english_page_nothing_is_marked(client: Client) -> None:
    experiment = make_experiment(intro="Dial the Service.")
    html = page(client, experiment.lesson.get_absolute_url())
    body = re.sub(r"<footer.*?</footer>", "", html[html.index("<body") :], flags=re.DOTALL)
    assert ("Dial the Service." in body, "lang=" in body) == (True, False)


def test_coordinates_of_pictures_keep_their_points(german: Client, shown: Experiment) -> None:
    html = page(german, shown.lesson.get_absolute_url())
    drawn = re.findall(r'<(?:rect|text)[^>]* x="([^"]*)" y="([^"]*)"', html[html.index("figure__spacer") :])
    assert any("." in value for pair in drawn for value in pair)
    assert [pair for pair in drawn if "," in "".join(pair)] == []


def test_dates_are_written_as_germans_do(german: Client) -> None:
    attempt = make_attempt(make_quiz())
    session = german.session
    session[SESSION_KEY] = attempt.learner.pk
    session.save()
    day = timezone.localtime(attempt.started_at)
    assert f"{day.day}. " in page(german, attempt.quiz.get_absolute_url())
