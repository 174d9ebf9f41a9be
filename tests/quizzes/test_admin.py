"""What an instructor can do with quizzes in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lessons.models import Status
from quizzes.grading import grader
from quizzes.models import Attempt, Extension, Question, Quiz
from quizzes.questions import yaml_text
from tests.lessons.factories import make_instructor, make_lesson
from tests.quizzes.classroom import assign, enrol
from tests.quizzes.factories import SPECS, make_attempt, make_quiz, right, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def instructor() -> Client:
    client = Client()
    client.force_login(make_instructor())
    return client


def change_url(question: Question) -> str:
    return f"/admin/quizzes/question/{question.pk}/change/"


def form_of(question: Question, **changes: Any) -> dict[str, Any]:
    fields = {name: getattr(question, name) for name in ("slug", "kind", "points", "position", "difficulty")}
    return {"quiz": question.quiz_id, **fields, "spec": yaml_text.dump(question.spec)} | changes


def quiz_form(quiz: Quiz, **changes: Any) -> dict[str, Any]:
    questions = list(quiz.questions.all())
    form: dict[str, Any] = {"lesson": quiz.lesson_id, "title": quiz.title, "intro": "", "pass_percent": 70}
    form |= {"policy": "", "status": quiz.status, "pools-TOTAL_FORMS": 0, "pools-INITIAL_FORMS": 0}
    form |= {"questions-TOTAL_FORMS": len(questions), "questions-INITIAL_FORMS": len(questions)}
    for index, question in enumerate(questions):
        form |= {f"questions-{index}-{name}": getattr(question, name) for name in ("points", "position")}
        form |= {f"questions-{index}-id": question.pk, f"questions-{index}-quiz": quiz.pk}
    return form | changes


@pytest.mark.parametrize("slug", SPECS)
def test_a_question_of_each_kind_can_be_opened_and_saved_unchanged(instructor: Client, slug: str) -> None:
    question = make_quiz(slugs=(slug,)).questions.get()
    assert "Specification" in instructor.get(change_url(question)).text
    assert instructor.post(change_url(question), form_of(question)).status_code == 302
    assert Question.objects.get().spec == question.spec


def test_a_question_can_be_added(instructor: Client) -> None:
    quiz = make_quiz(slugs=())
    kind, points, spec = SPECS["source"]
    form = {"quiz": quiz.pk, "slug": "source", "kind": kind, "points": points, "position": 1, "difficulty": 2}
    response = instructor.post("/admin/quizzes/question/add/", form | {"spec": yaml_text.dump(spec)})
    assert response.status_code == 302
    assert Question.objects.get().spec == spec


BAD_OPTION = """\
prompt: What does the client see?
experiment: first
options:
  - text: A refusal
    when: {client_sees: refused}
  - text: A connection
    when: {client_sees: connected}
    explanation: Yes.
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("prompt: [", "Line 1, column 10", id="no YAML"),
        pytest.param(BAD_OPTION, "Line 4, options[0].explanation: is missing.", id="missing key"),
        pytest.param(
            BAD_OPTION.replace("A refusal", "A refusal\n    explanation: No.").replace("refused", "connected"),
            "options: exactly one has to be right; the engine finds options[0], options[1].",
            id="two right for the engine",
        ),
        pytest.param(
            BAD_OPTION.replace("A refusal", "A refusal\n    explanation: No.").replace("first", "last"),
            "Line 2, experiment: the lesson has no experiment &#x27;last&#x27;; it has first.",
            id="unknown experiment",
        ),
        pytest.param(
            BAD_OPTION.replace("A refusal", "A refusal\n    explanation: No.").replace("client_sees: ref", "sees: ref"),
            "options[0].when: the exchange has no &#x27;sees&#x27;; it has verdict",
            id="unknown fact",
        ),
    ],
)
def test_a_specification_that_is_wrong_is_not_saved_and_stays_in_the_editor(
    instructor: Client, text: str, message: str
) -> None:
    question = make_quiz(slugs=("sees",)).questions.get()
    response = instructor.post(change_url(question), form_of(question, spec=text, slug="renamed"))
    assert response.status_code == 200
    assert message in response.text
    assert text.splitlines()[0] in response.text
    assert 'value="renamed"' in response.text
    assert Question.objects.get().spec == question.spec


def test_a_probe_that_does_not_fit_the_cluster_is_explained(instructor: Client) -> None:
    question = make_quiz(slugs=("source",)).questions.get()
    text = yaml_text.dump(question.spec).replace("pod/ops/client", "pod/ops/nobody")
    response = instructor.post(change_url(question), form_of(question, spec=text))
    assert "the engine refuses it" in response.text
    assert "ops/nobody" in response.text


def test_a_preview_shows_the_question_and_what_is_right_and_stores_nothing(instructor: Client) -> None:
    question = make_quiz(slugs=("sees",)).questions.get()
    text = instructor.get(f"/admin/quizzes/question/{question.pk}/preview/").text
    assert "What does the client see?" in text
    assert "A Pod answers." in text
    assert "0 of 1 point" in text
    assert not Attempt.objects.exists()


def test_a_preview_of_a_broken_question_says_what_is_wrong(instructor: Client) -> None:
    question = make_quiz(slugs=("sees",)).questions.get()
    question.spec["experiment"] = "gone"
    question.save()
    text = instructor.get(f"/admin/quizzes/question/{question.pk}/preview/").text
    assert "the lesson has no experiment" in text


def test_a_preview_is_for_instructors_only() -> None:
    question = make_quiz(slugs=("sees",)).questions.get()
    response = Client().get(f"/admin/quizzes/question/{question.pk}/preview/")
    assert response.headers["Location"].startswith("/admin/login/")


def test_questions_are_put_in_order_on_the_quiz(instructor: Client) -> None:
    quiz = make_quiz()
    positions = {f"questions-{index}-position": 4 - index for index in range(4)}
    assert instructor.post(f"/admin/quizzes/quiz/{quiz.pk}/change/", quiz_form(quiz, **positions)).status_code == 302
    assert [question.slug for question in quiz.questions.all()] == list(SPECS)[::-1]


def test_publishing_a_quiz_that_cannot_be_graded_saves_it_as_a_draft_and_says_why(instructor: Client) -> None:
    quiz = make_quiz(status=Status.DRAFT)
    quiz.lesson.experiments.all().delete()
    form = quiz_form(quiz, status=Status.PUBLISHED)
    response = instructor.post(f"/admin/quizzes/quiz/{quiz.pk}/change/", form, follow=True)
    assert "Saved as a draft: Question sees: experiment: the lesson has no experiment" in response.text
    assert Quiz.objects.get().status == Status.DRAFT


@pytest.mark.parametrize(
    ("slugs", "status"), [(tuple(SPECS), Status.PUBLISHED), ((), Status.DRAFT)], ids=["fit", "empty"]
)
def test_the_publish_action_publishes_what_is_fit(instructor: Client, slugs: tuple[str, ...], status: str) -> None:
    quiz = make_quiz(slugs=slugs, status=Status.DRAFT)
    instructor.post("/admin/quizzes/quiz/", {"action": "publish", "_selected_action": [quiz.pk]})
    assert Quiz.objects.get().status == status


def test_a_lesson_has_one_quiz(instructor: Client) -> None:
    quiz = make_quiz()
    response = instructor.post("/admin/quizzes/quiz/add/", quiz_form(quiz) | {"questions-TOTAL_FORMS": 0})
    assert "already exists" in response.text


def test_a_pool_is_added_on_the_quiz_and_an_unfair_one_makes_it_a_draft(instructor: Client) -> None:
    quiz = make_quiz()
    pool = {"pools-TOTAL_FORMS": 1, "pools-0-objective": "", "pools-0-difficulty": "", "pools-0-pick": 2}
    pool |= {"pools-0-quiz": quiz.pk}
    response = instructor.post(f"/admin/quizzes/quiz/{quiz.pk}/change/", quiz_form(quiz, **pool), follow=True)
    assert "Saved as a draft: Pool 1 draws from questions worth 1 and 2 points" in response.text
    assert quiz.pools.get().pick == 2


def test_a_question_names_an_objective_that_the_lesson_has(instructor: Client) -> None:
    question = make_quiz(make_lesson(objectives=["Follow a packet."]), slugs=("true",)).questions.get()
    assert "The lesson has 1 objectives" in instructor.post(change_url(question), form_of(question, objective=2)).text
    assert instructor.post(change_url(question), form_of(question, objective=1)).status_code == 302
    assert Question.objects.get().objective == 1


def test_an_extension_remembers_who_granted_it(instructor: Client) -> None:
    quiz = make_quiz()
    enrolment = enrol(assign(quiz))
    form = {"enrolment": enrolment.pk, "quiz": quiz.pk, "extra_minutes": 5, "extra_attempts": 0, "reason": "Ill."}
    assert instructor.post("/admin/quizzes/extension/add/", form).status_code == 302
    assert str(Extension.objects.get().granted_by) == "ben"


LISTS = ["quiz/add/", "question/add/", "quiz/", "question/", "attempt/", "grade/", "policy/", "policy/add/"]
LISTS += ["assignment/", "assignment/add/", "extension/", "extension/add/"]


@pytest.mark.parametrize("page", LISTS)
def test_every_list_and_form_opens(instructor: Client, page: str) -> None:
    make_attempt(make_quiz(make_lesson()))
    assert instructor.get(f"/admin/quizzes/{page}").status_code == 200


def test_attempts_and_grades_are_read_only(instructor: Client) -> None:
    attempt = make_attempt()
    submit(attempt, right(attempt))
    grader.perform(attempt.pk)
    page = f"/admin/quizzes/attempt/{attempt.pk}/change/"
    text = instructor.get(page).text
    assert "A connection" in text
    assert attempt.seed not in text
    assert instructor.post(page, {"state": "in_progress"}).status_code == 403
    assert (
        instructor.post(f"/admin/quizzes/grade/{attempt.grades.get().pk}/delete/", {"post": "yes"}).status_code == 403
    )


def test_a_failed_attempt_can_be_sent_to_be_graded_again(instructor: Client) -> None:
    attempt = make_attempt()
    submit(attempt, right(attempt))
    Attempt.objects.update(state=Attempt.State.FAILED)
    action = {"action": "grade_again", "_selected_action": [attempt.pk]}
    assert "1 sent to be graded" in instructor.post("/admin/quizzes/attempt/", action, follow=True).text
    assert grader.perform(attempt.pk)


def test_a_quiz_with_attempts_cannot_be_deleted(instructor: Client) -> None:
    attempt = make_attempt()
    text = instructor.post(f"/admin/quizzes/quiz/{attempt.quiz_id}/delete/", {"post": "yes"}, follow=True).text
    assert "Cannot delete quiz" in text
    assert Quiz.objects.exists()


def test_an_attempt_with_many_answers_takes_no_more_queries(instructor: Client) -> None:
    small = make_quiz(slugs=("sees",))
    large = make_quiz(make_lesson(slug="other", course=small.lesson.course))
    counts = []
    for attempt in (make_attempt(small), make_attempt(large)):
        with CaptureQueriesContext(connection) as asked:
            instructor.get(f"/admin/quizzes/attempt/{attempt.pk}/change/")
        counts.append(len(asked))
    assert counts[1] <= counts[0]


def test_an_assignment_without_quiz_and_class_is_refused_in_the_instructors_language(instructor: Client) -> None:
    response = instructor.post("/admin/quizzes/assignment/add/", {}, headers={"accept-language": "de"})
    assert (response.status_code, response.text.count("Dieses Feld ist zwingend erforderlich.")) == (200, 3)
