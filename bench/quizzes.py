"""A class hands in at once: learners × answers submitted at the same moment, through the web server, broker and worker.

Every learner has a connection of their own, and all send when the last is ready. Measured at the client: form post to
the answer. Then from the first post until the last attempt is graded; and counted in the database: answers that are not
what was posted, and attempts without exactly one grade. On SQLite and, where its programs are installed, on PostgreSQL.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench._site import PROJECT, running_site
from tests import servers

LEARNERS = int(os.environ.get("BENCH_LEARNERS", "1000"))
GRADING_SECONDS = 600
TOKEN = "t" * 32
THREAD_BYTES = 256 * 1024
# A quiz of ten questions, half of which the engine decides, and an attempt at it by each of as many guests, whose right
# answers are written out as the browser of each would post them.
PREPARE = f"""
import json
from importlib import import_module
from uuid import uuid4
from django.conf import settings
from lessons.learners import SESSION_KEY
from lessons.models import Experiment, Learner, Lesson, Status
from quizzes.attempts import taking
from quizzes import seeds
from quizzes.models import Answer, Attempt, Question, Quiz
from quizzes.questions.specifications import exchange_of, experiment_scenario, kind_of, specification

def seen(experiment):
    return exchange_of(experiment_scenario(experiment.slug, experiment.lesson)).get("client_sees")

chosen = next(each for each in Experiment.objects.order_by("lesson__position", "position") if seen(each))
sees = seen(chosen)
lesson = Lesson.objects.create(course=chosen.lesson.course, slug="bench", title="Bench", body="Bench.", position=1000,
    scene=chosen.lesson.scene, status=Status.PUBLISHED)
chosen.pk, chosen.lesson = None, lesson
chosen.save()
quiz = Quiz.objects.create(lesson=lesson, title="Bench", status=Status.PUBLISHED)
decided = {{"prompt": "What does the client see?", "experiment": chosen.slug, "options": [
    {{"text": "This", "when": {{"client_sees": sees}}, "explanation": "It does."}},
    {{"text": "Something else", "correct": False, "explanation": "It does not."}}]}}
typed = {{"prompt": "Which address?", "explanation": "That one.", "answer": {{"value": "10.0.0.1"}}}}
for number in range(10):
    kind, spec = ("single_choice", decided) if number % 2 else ("ip_address", typed)
    Question.objects.create(quiz=quiz, slug=f"q{{number}}", position=number, kind=kind, points=1, spec=spec)
first = taking.start(quiz, Learner.objects.create())
revisions = [answer.revision for answer in first.answers.select_related("revision")]
learners = Learner.objects.bulk_create(Learner() for _ in range({LEARNERS}))
made = Attempt.objects.bulk_create(
    Attempt(quiz=quiz, learner=learner, number=1, pass_percent=70, seed=seeds.new_seed()) for learner in learners)
answers = [Answer(attempt=attempt, revision=revision, position=position)
    for attempt in made for position, revision in enumerate(revisions, 1)]
Answer.objects.bulk_create(answers, batch_size=1000)

def posted(answer):
    spec = specification(answer.revision)
    response = {{"chosen": [0]}} if answer.revision.kind == "single_choice" else {{"text": "10.0.0.1"}}
    view = kind_of(answer.revision).present(spec, response, answer.seed)
    slug = answer.revision.slug
    value = view["text"] if "text" in view else next(each["value"] for each in view["options"] if each["chosen"])
    return [(slug, str(value)), (slug + ".version", "0")]

forms = {{attempt.pk: [("page", str(uuid4()))] for attempt in made}}
for answer in answers:
    forms[answer.attempt_id] += posted(answer)
store = import_module(settings.SESSION_ENGINE).SessionStore
for attempt in made:
    session = store()
    session[SESSION_KEY] = attempt.learner_id
    session.create()
    print(json.dumps({{"attempt": attempt.pk, "session": session.session_key, "form": forms[attempt.pk]}}))
"""
COUNT = f"""
import json, time
from django.db.models import Count, Max
from quizzes.models import Answer, Attempt
mine = Attempt.objects.filter(quiz__lesson__slug="bench").exclude(submitted_at=None)
deadline = time.monotonic() + {GRADING_SECONDS}
while mine.exclude(graded_at=None).count() < mine.count() and time.monotonic() < deadline:
    time.sleep(0.5)
wanted = {{"single_choice": {{"chosen": [0]}}, "ip_address": {{"text": "10.0.0.1"}}}}
kept = Answer.objects.filter(attempt__in=mine).select_related("revision")
grades = mine.annotate(times=Count("grades"))
print(json.dumps({{
    "submitted": mine.count(), "graded": mine.filter(state="graded").count(),
    "twice": grades.filter(times__gt=1).count(), "full": mine.filter(grades__score=10).count(),
    "kept": sum(answer.response == wanted[answer.revision.kind] for answer in kept),
    "last": mine.aggregate(last=Max("graded_at"))["last"].timestamp()}}))
"""


def main() -> None:
    for name, database in (("SQLite", contextlib.nullcontext(None)), ("PostgreSQL", postgresql())):
        with database as url, tempfile.TemporaryDirectory(prefix="hop-bench-") as folder:
            if name == "PostgreSQL" and url is None:
                print("PostgreSQL: not installed here, so not measured")
                continue
            environment = {"DATABASE_URL": url} if url else {}
            with running_site(Path(folder), **environment) as site:
                report(name, *measured(site, {"VAR_DIR": folder, **environment}))


@contextlib.contextmanager
def postgresql() -> Iterator[str | None]:
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(servers.postgresql())
        except RuntimeError:  # neither the test tools' programs nor any on PATH
            url = None
        yield url


def measured(site: str, environment: dict[str, str]) -> tuple[list[float], list[int], float, dict[str, Any]]:
    """Seconds of each post, their statuses, seconds until the last grade, and what the database holds."""
    learners = [json.loads(line) for line in run(PREPARE, environment)]
    started, wall = time.perf_counter(), time.time()
    answers = at_once(site, learners)
    last_answer = time.perf_counter() - started
    (line,) = run(COUNT, environment)
    found = json.loads(line) | {"last_answer": last_answer}
    return [seconds for _, seconds in answers], [status for status, _ in answers], found["last"] - wall, found


def run(script: str, environment: dict[str, str]) -> list[str]:
    """The lines that a script prints inside the site."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    result = subprocess.run(
        command, cwd=PROJECT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    return result.stdout.splitlines()


def at_once(site: str, learners: list[dict[str, Any]]) -> list[tuple[int, float]]:
    """Status and seconds of each post; status 0: nobody answered."""
    together = threading.Barrier(len(learners))
    answers: list[tuple[int, float]] = [(0, 0.0)] * len(learners)

    def send(number: int) -> None:
        together.wait()
        answers[number] = post(site, learners[number])

    threading.stack_size(THREAD_BYTES)
    threads = [threading.Thread(target=send, args=[number]) for number in range(len(learners))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def post(site: str, learner: dict[str, Any]) -> tuple[int, float]:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"sessionid={learner['session']}; csrftoken={TOKEN}",
        "X-CSRFToken": TOKEN,
    }
    started = time.perf_counter()
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=300)
    try:
        path = f"/quizzes/attempts/{learner['attempt']}/submit/"
        connection.request("POST", path, urlencode([tuple(field) for field in learner["form"]]), headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        status = 0
    finally:
        connection.close()
    return status, time.perf_counter() - started


def report(name: str, seconds: list[float], statuses: list[int], until_graded: float, found: dict[str, Any]) -> None:
    p95 = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
    lost = len(seconds) * 10 - found["kept"]
    refused = sum(status != http.HTTPStatus.FOUND for status in statuses)
    print(f"{name}: {len(seconds)} learners × 10 answers submitted at once")
    print(f"  answers lost {lost}, attempts graded twice {found['twice']}, posts refused {refused}")
    print(f"  submit: median {statistics.median(seconds):.2f} s, p95 {p95:.2f} s, last {found['last_answer']:.2f} s")
    print(f"  all {found['graded']} graded after {until_graded:.1f} s ({found['full']} with all points)")


if __name__ == "__main__":
    main()
