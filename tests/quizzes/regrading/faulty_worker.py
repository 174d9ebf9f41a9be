"""Loaded into a worker process by a test: it is killed while it stores the second new grade of a regrade."""

from __future__ import annotations

import os
import signal
from typing import Any

from quizzes.grading import grader

stored = 0
add_grade = grader.add_grade


def kill_at_the_second(*args: Any, **why: Any) -> Any:
    """After the rows are written, before the transaction ends."""
    global stored
    stored += 1
    grade = add_grade(*args, **why)
    if stored == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return grade


if os.environ.get("HOP_TEST_REGRADE_FAULT") == "kill":
    grader.add_grade = kill_at_the_second
