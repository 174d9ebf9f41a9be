"""Health as load balancers and people read it."""

from __future__ import annotations

import json

import pytest
from django.test import Client


def test_live_answers_without_database_or_broker(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_reports_a_missing_worker_but_still_serves(client: Client) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["checks"]["workers"] == {"status": "missing", "count": 0, "seconds_since_heartbeat": []}


@pytest.mark.django_db(transaction=True)
def test_ready_reports_the_worker_that_beats(client: Client, celery_worker_process: None) -> None:
    checks = client.get("/health/ready").json()["checks"]
    assert checks["workers"]["count"] == 1
    assert checks["workers"]["seconds_since_heartbeat"][0] < 15


@pytest.mark.django_db
def test_a_broker_that_is_down_makes_the_site_unready(client: Client, settings: object) -> None:
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["broker"] == {"status": "unreachable"}


@pytest.mark.django_db
def test_health_shows_no_address_and_no_secret(client: Client, settings: object) -> None:
    settings.BROKER_URL = "redis://:hunter2@127.0.0.1:1/0"
    text = json.dumps(client.get("/health/ready").json())
    assert "hunter2" not in text
    assert "127.0.0.1" not in text
