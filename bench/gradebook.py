"""What staff look at, of a class of 500 learners who took 16 quizzes: the gradebook and the statistics.

Measured at the server, in one process without the network: seconds of the processor and of the clock from the request
to the whole page, the median of several, and queries to the database. Goals on an idle machine: the gradebook in less
than a second, with fewer than 25 queries. BENCH_CLASS sets how many learners there are.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench._site import PROJECT, running_site

LEARNERS = int(os.environ.get("BENCH_CLASS", "500"))
TIMES = 7
SEED = 4242
MEASURE = f"""
import json, time
from statistics import median
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from classes import enrolling
from classes.models import CourseClass, Role
from lessons.learners import learner_of
from quizzes.demo.seeding import title_of

settings.ALLOWED_HOSTS.append("testserver")
course_class = CourseClass.objects.get(title=title_of({SEED}))
user = User.objects.create(username="bench")
enrolling.enrol(course_class, learner_of(user), role=Role.INSTRUCTOR)
client = Client()
client.force_login(user)
quiz = course_class.assignments.order_by("quiz__lesson__position")[0].quiz_id
pages = {{
    "gradebook by quiz": reverse("class_gradebook", args=[course_class.pk]),
    "gradebook by objective": reverse("class_objectives", args=[course_class.pk]),
    "statistics of a class": reverse("class_statistics", args=[course_class.pk]),
    "statistics of a quiz": reverse("class_quiz_statistics", args=[course_class.pk, quiz]),
}}

def look(page):
    processor, clock = time.process_time(), time.perf_counter()
    assert client.get(page).status_code == 200
    return time.process_time() - processor, time.perf_counter() - clock

queries = []
def counted(execute, sql, params, many, context):
    queries.append(sql)
    return execute(sql, params, many, context)

for name, page in pages.items():
    look(page)
    queries.clear()
    with connection.execute_wrapper(counted):
        look(page)
    times = [look(page) for _ in range({TIMES})]
    print(json.dumps({{"page": name, "queries": len(queries), "processor": median(each[0] for each in times),
        "clock": median(each[1] for each in times)}}))
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="hop-bench-") as folder, running_site(Path(folder)):
        environment = {**os.environ, "VAR_DIR": folder}
        seed = ("seed_demo_class", "--yes", "--learners", str(LEARNERS), "--seed", str(SEED))
        manage(environment, *seed)
        print(f"A class of {LEARNERS} learners, SQLite, median of {TIMES}:")
        for line in manage(environment, "shell", "--no-imports", "-c", MEASURE).splitlines():
            print(in_words(json.loads(line)))


def in_words(found: dict[str, float]) -> str:
    seconds = f"{found['clock']:.2f} s ({found['processor']:.2f} s of the processor)"
    return f"  {found['page']:<24} {seconds}, {found['queries']} queries"


def manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    main()
