"""Selecting content for a course at the platform: what there is, and the signed answer (LTI Deep Linking 2.0)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from lti_tool.models import LtiRegistration
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.lineitem import LineItem

from lessons.course_map import course_map
from lessons.models import Course, Lesson
from lessons.progress import lesson_cards
from lti.launches import EXPIRED, LaunchRefusedError
from lti.models import Launch
from lti.registrations import signing_registration
from quizzes.models import Quiz
from quizzes.questions import drawing

SALT = "lti.deep_linking"
SELECT_SECONDS = 3600
NEW_WINDOW = {"targetName": "_blank"}


class SelectionError(Exception):
    """Nothing that can be sent back was selected; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A lesson or its quiz, under the name that the form gives it. Only a quiz has points."""

    key: str
    target: Lesson | Quiz
    points: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A lesson, and its quiz if that has points."""

    lesson: Lesson
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the course's map; without a title where the map has none."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What of one course may be selected, as its map has it."""

    course: Course
    parts: tuple[Part, ...]

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(choice for part in self.parts for entry in part.entries for choice in entry.choices)


class Item(DeepLinkResource):
    """A link to this site that opens in a window of its own, where browsers do not withhold its cookies."""

    text = ""

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "text": self.text, "window": NEW_WINDOW}


def token_of(launch: Launch) -> str:
    """Names the launch in the addresses of its pages, which must do without cookies in a frame."""
    return signing.dumps(launch.pk, salt=SALT)


def launch_of(token: str) -> Launch:
    """Raises LaunchRefusedError for a token that is not ours or too old."""
    oldest = timezone.now() - timedelta(seconds=SELECT_SECONDS)
    found = Launch.objects.select_related("registration__frames").filter(pk=launch_pk(token), accepted_at__gt=oldest)
    launch = found.exclude(deep_linking=None).first()
    if launch is None:
        raise LaunchRefusedError(EXPIRED)
    return launch


def launch_pk(token: str) -> int:
    """0 for a token that is not ours."""
    try:
        return int(signing.loads(token, salt=SALT))
    except signing.BadSignature:
        return 0


def offers(query: str) -> tuple[Offer, ...]:
    """All published lessons with their quizzes; with a query, those whose titles or summaries hold all its words."""
    everyone = AnonymousUser()
    lessons = Lesson.objects.visible_to(everyone).select_related("course").order_by("position", "pk")
    for word in query.split():
        lessons = lessons.filter(Q(title__icontains=word) | Q(summary__icontains=word) | Q(quiz__title__icontains=word))
    quizzes = Quiz.objects.visible_to(everyone).select_related("lesson__course").prefetch_related("questions", "pools")
    by_lesson = {quiz.lesson_id: quiz for quiz in quizzes}
    found = []
    for course in Course.objects.visible_to(everyone):
        cards = lesson_cards(lessons.filter(course=course), None)
        parts = tuple(
            Part(part.title, tuple(entry_of(card.lesson, by_lesson.get(card.lesson.pk)) for card in part.cards))
            for part in course_map(course, cards)
        )
        if parts:
            found.append(Offer(course, parts))
    return tuple(found)


def entry_of(lesson: Lesson, quiz: Quiz | None) -> Entry:
    choices = [Choice(f"lesson-{lesson.pk}", lesson)]
    points = drawing.size(list(quiz.questions.all()), list(quiz.pools.all()))[1] if quiz else 0
    if quiz is not None and points:
        choices.append(Choice(f"quiz-{quiz.pk}", quiz, points))
    return Entry(lesson, tuple(choices))


def selected_items(request: HttpRequest, launch: Launch, chosen: list[str]) -> list[DeepLinkResource]:
    """What the form named, as content items in the order of the course. Raises SelectionError."""
    if not chosen:
        raise SelectionError(_("Select a lesson or a quiz first."))
    if len(set(chosen)) > 1 and not launch.deep_linking["accept_multiple"]:
        raise SelectionError(_("Your course site takes one link at a time. Select one lesson or quiz."))
    selected = [choice for offer in offers("") for choice in offer.choices if choice.key in chosen]
    if len(selected) < len(set(chosen)):
        raise SelectionError(_("Part of your selection is no longer published. Select again."))
    return [item_for(request, choice, graded=launch.deep_linking["accept_lineitem"]) for choice in selected]


def item_for(request: HttpRequest, choice: Choice, *, graded: bool) -> Item:
    item, target = Item(), choice.target
    item.set_title(target.title).set_url(request.build_absolute_uri(target.get_absolute_url()))
    if isinstance(target, Lesson):
        item.text = target.summary
    elif graded:
        column = LineItem().set_label(target.title).set_score_maximum(choice.points).set_resource_id(choice.key)
        item.set_lineitem(column)
    return item


def answer(launch: Launch, items: list[DeepLinkResource]) -> str:
    """The signed message that brings the items to the platform. Raises lti.keys.KeyUnavailableError."""
    registration: LtiRegistration = launch.registration
    link = DeepLink(signing_registration(registration), launch.deployment_id, launch.deep_linking)
    message = {key: value for key, value in link.get_message_jwt(items).items() if value is not None}
    return str(link.encode_jwt(message))
