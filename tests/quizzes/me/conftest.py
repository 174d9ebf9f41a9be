"""Somebody with an account, and the browser in which they are logged in."""

from __future__ import annotations

import pytest
from django.test import Client

from lessons.models import Learner
from tests.lessons.factories import make_user


@pytest.fixture
def learner(db: None) -> Learner:
    return Learner.objects.create(user=make_user())


@pytest.fixture
def client(learner: Learner) -> Client:
    client = Client()
    client.force_login(learner.user)
    return client
