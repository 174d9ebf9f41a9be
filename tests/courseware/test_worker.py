"""A separate worker process, over the real broker, on the test's own database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.contrib.auth.models import Group
from django.db import transaction

from courseware import workers
from tests.courseware.probe_tasks import mark_group

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """The names of the tasks that this process sends."""
    names: list[str] = []

    def remember(sender: str, **_: Any) -> None:
        names.append(sender)

    before_task_publish.connect(remember)
    yield names
    before_task_publish.disconnect(remember)


def test_a_task_sent_on_commit_finds_its_row(
    celery_worker_process: None, wait_until: Callable[..., None], sent: list[str]
) -> None:
    with transaction.atomic():
        group = Group.objects.create(name="new")
        mark_group.delay_on_commit(group.pk)
        assert sent == []
    wait_until(lambda: Group.objects.filter(name=f"seen {group.pk}").exists(), "the task's work")


def test_a_task_of_a_rolled_back_transaction_is_never_sent(sent: list[str]) -> None:
    with transaction.atomic():
        mark_group.delay_on_commit(Group.objects.create(name="gone").pk)
        transaction.set_rollback(True)
    assert sent == []
    assert not Group.objects.filter(name="gone").exists()


def test_one_that_does_not_ask_for_the_worker_finds_none() -> None:
    """It was running for the first test of this file."""
    assert workers.alive() == ()
