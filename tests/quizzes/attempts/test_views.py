"""Pages of a quiz: what they show, to whom, and what never leaves the server. No worker runs here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from lessons.learners import SESSION_KEY
from lessons.models import Learner, Status
from quizzes.attempts import views
from quizzes.grading import grader
from quizzes.models import Attempt, Quiz
from tests.lessons.factories import make_instructor, make_user
from tests.quizzes.factories import RESPONSES, SPECS, make_attempt, make_quiz, right, submit, wrong

pytestmark = pytest.mark.django_db
State = Attempt.State
NOW = timezone.now()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(views, "GRADE_WAIT_SECONDS", 0)
    return


def client_of(learner: Learner) -> Client:
    client = Client()
    session = client.session
    session[SESSION_KEY] = learner.pk
    session.save()
    client.cookies["sessionid"] = session.session_key
    return client


def own(attempt: Attempt) -> Client:
    return client_of(attempt.learner)


def url(attempt: Attempt, page: str = "") -> str:
    return f"/quizzes/attempts/{attempt.pk}/{page}"


def on_page(form: dict[str, list[str]]) -> dict[str, list[str]]:
    return form | {"page": [str(uuid4())]}


def post_draft(client: Client, attempt: Attempt, slug: str, form: dict[str, list[str]]) -> object:
    return client.post(url(attempt, f"answers/{slug}/"), on_page(form), headers={"HX-Request": "true"})


def strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for child in value.values():
            yield from strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from strings(child)
    else:
        yield str(value)


def test_a_guest_can_start_a_quiz() -> None:
    client, quiz = Client(), make_quiz()
    assert "Start the quiz" in client.get(quiz.get_absolute_url()).text
    response = client.post(f"{quiz.get_absolute_url()}start/")
    assert response.headers["Location"] == Attempt.objects.get().get_absolute_url()


def test_looking_at_a_quiz_makes_no_learner() -> None:
    Client().get(make_quiz().get_absolute_url())
    assert not Learner.objects.exists()


EXPLANATIONS = ("Somebody listens.", "A Pod answers.", "They do.", "It is on no interface.", "General words.")
KEYS = ("10.244.1.2", "10.244.1.1", "client_sees", "seen_by_server", "correct", "flannel.1", "when", "Here.")


def test_nothing_of_the_key_is_sent_while_the_attempt_is_open() -> None:
    attempt = make_attempt()
    page = own(attempt).get(url(attempt)).text
    fragments = [post_draft(own(attempt), attempt, slug, wrong(attempt, slug)).text for slug in SPECS]
    sent = "".join([page.replace("htmx.min.js", ""), *fragments])
    questions = sent[sent.index("<fieldset") :]
    assert [secret for secret in (*EXPLANATIONS, *KEYS) if secret in questions] == []


def test_everything_is_explained_once_the_attempt_is_graded() -> None:
    attempt = make_attempt()
    submit(attempt, right(attempt))
    grader.perform(attempt.pk)
    page = own(attempt).get(url(attempt, "result/")).text
    assert [text for text in EXPLANATIONS if text not in page] == []


def test_the_page_of_an_open_attempt_holds_only_what_is_asked() -> None:
    """Of all texts in the specifications only prompts, texts of options and labels of hops are sent."""
    attempt = make_attempt()
    page = own(attempt).get(url(attempt)).text
    specs = [spec for _, _, spec in SPECS.values()]
    entries = [entry for spec in specs for entry in spec.get("options", spec.get("hops", []))]
    asked = {spec["prompt"] for spec in specs} | {entry.get("text") or entry.get("label") for entry in entries}
    everything = {text for spec in specs for text in strings(spec) if len(text) > 8}
    assert {text for text in everything if text in page} == {text for text in asked if len(text) > 8}


def test_options_are_shown_in_another_order_to_another_attempt() -> None:
    quiz = make_quiz()
    firsts = set()
    for _ in range(12):
        attempt = make_attempt(quiz)
        page = own(attempt).get(url(attempt)).text
        firsts.add(min(("A refusal", "A timeout", "A connection"), key=page.index))
    assert len(firsts) > 1


PAGES = ["", "result/"]
POSTS = ["submit/", "save/", "retry/", "answers/sees/"]


@pytest.mark.parametrize("page", PAGES + POSTS)
@pytest.mark.parametrize("who", ["stranger", "guest", "instructor"])
def test_an_attempt_exists_for_its_own_learner_only(page: str, who: str) -> None:
    attempt = make_attempt()
    client = Client()
    if who == "guest":
        client = client_of(Learner.objects.create())
    elif who == "instructor":
        client.force_login(make_instructor())
    form = on_page(wrong(attempt))
    response = client.get(url(attempt, page)) if page in PAGES else client.post(url(attempt, page), form)
    assert response.status_code == 404
    attempt.refresh_from_db()
    assert attempt.state == State.IN_PROGRESS
    assert attempt.answers.exclude(response={}).count() == 0


@pytest.mark.parametrize(
    ("quiz_status", "lesson_status"),
    [(Status.DRAFT, Status.PUBLISHED), (Status.PUBLISHED, Status.DRAFT)],
    ids=["draft quiz", "quiz of a draft lesson"],
)
def test_a_draft_exists_for_staff_only(quiz_status: str, lesson_status: str) -> None:
    quiz = make_quiz(status=quiz_status)
    quiz.lesson.status = lesson_status
    quiz.lesson.save()
    staff = Client()
    staff.force_login(make_instructor())
    learner = Client()
    learner.force_login(make_user())
    place = quiz.get_absolute_url()
    assert [c.get(place).status_code for c in (Client(), learner, staff)] == [404, 404, 200]
    assert Client().post(f"{place}start/").status_code == 404


def test_a_draft_answer_is_saved_and_said_so() -> None:
    attempt = make_attempt()
    response = post_draft(own(attempt), attempt, "true", right(attempt, "true"))
    assert response.status_code == 200
    assert "Saved" in response.text
    assert 'name="true.version" value="1"' in response.text
    assert attempt.answers.get(revision__slug="true").response == RESPONSES["true"][0]


def test_an_answer_that_cannot_be_read_is_not_counted_as_answered() -> None:
    attempt = make_attempt()
    post_draft(own(attempt), attempt, "true", right(attempt, "true"))
    unreadable = right(attempt, "source") | {"source": ["10.244.1."]}
    pages = [post_draft(own(attempt), attempt, "source", unreadable).text, own(attempt).get(url(attempt)).text]
    assert [("<strong>1</strong> of" in page, "one cannot be read" in page) for page in pages] == [(True, True)] * 2


def test_a_draft_that_another_window_changed_is_409_with_both_answers() -> None:
    attempt = make_attempt()
    old = wrong(attempt, "source")
    post_draft(own(attempt), attempt, "source", right(attempt, "source"))
    response = post_draft(own(attempt), attempt, "source", old)
    assert response.status_code == 409
    assert "In another window you answered: <strong>10.244.1.2</strong>" in response.text


def test_a_draft_after_the_end_is_409_and_leads_to_the_result() -> None:
    attempt = make_attempt()
    submit(attempt, right(attempt))
    response = post_draft(own(attempt), attempt, "sees", wrong(attempt, "sees"))
    assert (response.status_code, url(attempt, "result/") in response.text) == (409, True)


@pytest.mark.parametrize(
    ("slug", "form"),
    [("sees", {"sees": ["99"], "sees.version": ["0"]}), ("way", {"way.0": ["x"], "way.version": ["0"]})],
    ids=["unknown option", "no number"],
)
def test_a_forged_draft_is_explained_and_not_saved(slug: str, form: dict[str, list[str]]) -> None:
    attempt = make_attempt()
    response = post_draft(own(attempt), attempt, slug, form)
    assert "question__problem" in response.text
    assert attempt.answers.get(revision__slug=slug).response == {}


def test_a_question_that_the_attempt_does_not_ask_is_404() -> None:
    attempt = make_attempt()
    assert post_draft(own(attempt), attempt, "nothing", {}).status_code == 404


def test_without_javascript_the_save_button_keeps_everything() -> None:
    attempt = make_attempt()
    response = own(attempt).post(url(attempt, "save/"), on_page(right(attempt)), follow=True)
    assert "Your answers are saved" in response.text
    assert [draft.response for draft in attempt.answers.all()] == [pair[0] for pair in RESPONSES.values()]


def test_submitting_with_gaps_warns_and_keeps_what_was_given() -> None:
    attempt = make_attempt()
    client = own(attempt)
    response = client.post(url(attempt, "submit/"), on_page(right(attempt, "sees")))
    assert "Not submitted yet." in response.text
    assert "Submit anyway" in response.text
    response = client.post(url(attempt, "submit/"), on_page(right(attempt)) | {"unanswered_confirmed": ["on"]})
    assert response.headers["Location"] == url(attempt, "result/")


def test_submitting_an_invalid_answer_is_422_names_the_question_and_keeps_the_text() -> None:
    attempt = make_attempt()
    response = own(attempt).post(url(attempt, "submit/"), on_page(right(attempt) | {"source": ["10.244.1.2:80"]}))
    assert response.status_code == 422
    assert "Question 3</a>: “10.244.1.2:80” has a port." in response.text
    assert 'value="10.244.1.2:80"' in response.text


def test_submitting_over_another_window_is_409_and_shows_both() -> None:
    attempt = make_attempt()
    old = wrong(attempt)
    post_draft(own(attempt), attempt, "sees", right(attempt, "sees"))
    response = own(attempt).post(url(attempt, "submit/"), on_page(old))
    assert response.status_code == 409
    assert "In another window you answered: <strong>A connection</strong>" in response.text


@pytest.mark.parametrize("page", ["", "not-a-uuid"])
def test_a_form_without_its_page_is_not_submitted(page: str) -> None:
    attempt = make_attempt()
    response = own(attempt).post(url(attempt, "submit/"), right(attempt) | {"page": [page]}, follow=True)
    assert "The page that was sent is incomplete" in response.text
    attempt.refresh_from_db()
    assert attempt.state == State.IN_PROGRESS


def test_a_submitted_attempt_that_waits_says_so_and_asks_again() -> None:
    attempt = make_attempt()
    submit(attempt, right(attempt))
    Attempt.objects.update(enqueued_at=timezone.now())
    text = own(attempt).get(url(attempt, "result/")).text
    assert "Grading your answers" in text
    assert 'hx-trigger="load delay:300ms"' in text
    assert "hx-trigger" in own(attempt).get(url(attempt, "result/?n=nonsense")).text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"enqueued_at": None}, "The grader cannot be reached right now."),
        (
            {"enqueued_at": timezone.now(), "submitted_at": timezone.now() - timedelta(hours=1)},
            "the grader may be down",
        ),
        ({"state": State.FAILED}, "Your answers are safe, the grading stopped"),
    ],
    ids=["broker down", "worker down", "failed"],
)
def test_what_keeps_the_grade_from_coming_is_said_with_a_way_on(values: dict[str, object], words: str) -> None:
    attempt = make_attempt()
    submit(attempt, right(attempt))
    Attempt.objects.update(**values)
    text = own(attempt).get(url(attempt, "result/")).text
    assert words in text
    assert f'action="{url(attempt, "retry/")}"' in text


def test_a_failure_tells_learners_nothing_of_the_key() -> None:
    attempt = make_attempt()
    submit(attempt, right(attempt))
    Attempt.objects.update(state=State.FAILED, failure="sees: options[2] is right")
    assert "options[2]" not in own(attempt).get(url(attempt, "result/")).text


def test_the_result_explains_every_option_and_leads_to_the_experiment() -> None:
    attempt = make_attempt()
    submit(attempt, wrong(attempt))
    grader.perform(attempt.pk)
    response = own(attempt).get(url(attempt, "result/"))
    for option in (*SPECS["sees"][2]["options"], *SPECS["true"][2]["options"]):
        assert option["explanation"] in response.text
    assert "/courses/networking/services/#experiment-first" in response.text
    assert "Not passed" in response.text
    assert "Try again" in response.text


def test_the_best_of_several_attempts_is_shown() -> None:
    quiz, learner = make_quiz(), Learner.objects.create()
    for fill in (right, wrong):
        attempt = make_attempt(quiz, learner)
        submit(attempt, fill(attempt))
        grader.perform(attempt.pk)
    text = client_of(learner).get(quiz.get_absolute_url()).text
    assert "Best so far: <strong>100&nbsp;%</strong>" in text
    assert "Attempt 1" in text
    assert "Attempt 2" in text


@pytest.mark.parametrize(
    ("stage", "words"),
    [("none", ""), ("started", "You have started it"), ("graded", "Your best: <strong>100&nbsp;%</strong>")],
    ids=["not tried", "started", "graded"],
)
def test_the_lesson_says_where_its_reader_stands(stage: str, words: str) -> None:
    quiz, learner = make_quiz(), Learner.objects.create()
    if stage != "none":
        attempt = make_attempt(quiz, learner)
    if stage == "graded":
        submit(attempt, right(attempt))
        grader.perform(attempt.pk)
    page = client_of(learner).get(quiz.lesson.get_absolute_url()).text
    assert "Take the quiz" in page
    assert words in page
    assert ("Your best" in page) == (stage == "graded")


def test_an_attempt_that_is_graded_cannot_be_opened_again() -> None:
    attempt = make_attempt()
    submit(attempt, right(attempt))
    assert own(attempt).get(url(attempt)).headers["Location"] == url(attempt, "result/")


def test_no_page_of_an_attempt_is_cached() -> None:
    attempt = make_attempt()
    assert "no-store" in own(attempt).get(url(attempt)).headers["Cache-Control"]


@pytest.mark.parametrize("page", ["submit/", "save/", "retry/", "answers/sees/"])
def test_changing_anything_needs_the_csrf_token(page: str) -> None:
    attempt = make_attempt()
    client = Client(enforce_csrf_checks=True)
    client.cookies["sessionid"] = own(attempt).cookies["sessionid"].value
    assert client.post(url(attempt, page), on_page(right(attempt))).status_code == 403


def test_too_many_submissions_are_429_and_nothing_is_lost() -> None:
    attempt = make_attempt()
    client = own(attempt)
    statuses = {client.post(url(attempt, "submit/"), on_page(right(attempt, "sees"))).status_code for _ in range(25)}
    response = client.post(url(attempt, "submit/"), on_page({}))
    assert statuses == {200, 429}
    assert int(response.headers["Retry-After"]) >= 1
    assert "Your answers are saved" in response.text
    assert attempt.answers.get(revision__slug="sees").response == RESPONSES["sees"][0]


@pytest.mark.parametrize("page", ["submit/", "save/"])
def test_the_address_of_a_form_opened_by_itself_leads_to_the_attempt(page: str) -> None:
    attempt = make_attempt()
    assert own(attempt).get(url(attempt, page)).headers["Location"] == url(attempt)


def test_the_way_back_after_too_many_starts_is_the_quiz() -> None:
    quiz, client = make_quiz(), client_of(Learner.objects.create())
    responses = [client.post(f"{quiz.get_absolute_url()}start/") for _ in range(25)]
    assert f'href="{quiz.get_absolute_url()}"' in responses[-1].text


def test_markdown_of_authors_is_sanitized() -> None:
    quiz = make_quiz(slugs=("sees",))
    question = quiz.questions.get()
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    question.spec = json.loads(json.dumps(question.spec).replace("A refusal", "evil")) | {"prompt": evil}
    question.spec["options"][0]["text"] = evil
    question.save()
    attempt = make_attempt(Quiz.objects.get())
    text = own(attempt).get(url(attempt)).text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert 'href="javascript' not in text
