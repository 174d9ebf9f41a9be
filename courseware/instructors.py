"""Instructors: the staff group that may edit courses and quizzes, and the account that a first run makes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import transaction

GROUP_NAME = "Instructors"
EDITED_APPS = ("lessons", "classes", "quizzes", "lti")
FIRST_USERNAME = "instructor"


@dataclass(frozen=True, slots=True)
class Credentials:
    username: str
    password: str


def instructors_group() -> Group:
    """The group with every permission on the models of lessons, quizzes and LTI scores, new ones included."""
    group, _ = Group.objects.get_or_create(name=GROUP_NAME)
    group.permissions.set(Permission.objects.filter(content_type__app_label__in=EDITED_APPS))
    return group


@transaction.atomic
def create_first_instructor() -> Credentials | None:
    """Makes the account `instructor` with a random password unless somebody can already use the admin.

    Returns the credentials, which are stored nowhere else in readable form, or None.
    """
    group = instructors_group()
    users = get_user_model().objects
    if users.filter(is_staff=True).exists() or users.filter(username=FIRST_USERNAME).exists():
        return None
    credentials = Credentials(FIRST_USERNAME, secrets.token_urlsafe(12))
    user = users.create_user(credentials.username, password=credentials.password, is_staff=True)
    user.groups.add(group)
    return credentials
