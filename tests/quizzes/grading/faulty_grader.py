"""Loaded into a worker process by tests: grading that hangs, ends its process or takes its time, as they say."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from quizzes.grading import grader
from quizzes.grading.scoring import grade


def hold(answers: Any) -> None:
    time.sleep(600)


def kill(answers: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def pause(answers: Any) -> Any:
    time.sleep(2)
    return grade(answers)


FAULTS = {"hold": hold, "kill": kill, "pause": pause}
if fault := os.environ.get("HOP_TEST_GRADER_FAULT"):
    grader.grade = FAULTS[fault]
