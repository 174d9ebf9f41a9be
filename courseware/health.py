"""Health for load balancers, `manage.py up` and people: is this process alive, and can it serve?"""

from __future__ import annotations

from typing import Any

import redis
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courseware import workers


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database and the broker answer, else 503. Workers are reported; without one, pages still work."""
    checks = {"database": database_check(), **queue_checks()}
    broken = any(checks[name]["status"] != "ok" for name in ("database", "broker"))
    degraded = any(check["status"] != "ok" for check in checks.values())
    status = "unavailable" if broken else "degraded" if degraded else "ok"
    return JsonResponse({"status": status, "checks": checks}, status=503 if broken else 200)


def database_check() -> dict[str, Any]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return {"status": "unreachable"}
    return {"status": "ok", "engine": connection.vendor}


def queue_checks() -> dict[str, dict[str, Any]]:
    try:
        alive = workers.alive()
    except redis.RedisError:
        return {"broker": {"status": "unreachable"}, "workers": {"status": "unknown"}}
    seconds = [round(worker.seconds_since_heartbeat, 1) for worker in alive]
    return {
        "broker": {"status": "ok"},
        "workers": {"status": "ok" if alive else "missing", "count": len(alive), "seconds_since_heartbeat": seconds},
    }
