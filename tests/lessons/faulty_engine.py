"""Loaded into a worker process by tests: an engine that never ends, or ends its process, as the environment says."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from lessons.runs import simulations


def hold(kind: str, request: Any) -> dict[str, Any]:
    time.sleep(600)
    return {}


def kill(kind: str, request: Any) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


FAULTS = {"hold": hold, "kill": kill}
if fault := os.environ.get("HOP_TEST_FAULT"):
    simulations.play = FAULTS[fault]
