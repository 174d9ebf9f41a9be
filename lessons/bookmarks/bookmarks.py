"""A learner's bookmarks and notes.

    add(learner, lesson, address)      bookmarks a place of the lesson; one that is there already stays as it is
    write(learner, pk, note)           stores the note, Markdown
    remove(learner, pk)                puts it away; restore(learner, pk) brings it back within a day
    of_lesson(learner, lesson)         what the lesson's page shows
    by_lesson(learner, user)           everything, grouped, of the lessons that this user may see
    markdown(groups, origin)           the same as a document to take away
    move(source, target)               at a login: a guest's become the user's

Each function finds only the learner's own rows; for another's it raises Bookmark.DoesNotExist.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lessons.bookmarks import lesson_places
from lessons.models import Bookmark, Learner, Lesson

LONGEST_NOTE = 5000
MOST = 500
KEPT_REMOVED = timedelta(days=1)


class BookmarkError(Exception):
    """The message says what to do. Nothing was stored, and nothing that was there has changed."""


@dataclass(frozen=True, slots=True)
class Group:
    lesson: Lesson
    bookmarks: tuple[Bookmark, ...]


def add(learner: Learner, lesson: Lesson, address: str) -> tuple[Bookmark, bool]:
    """The bookmark, and whether it is new in the list. Raises lesson_places.PlaceError or BookmarkError."""
    place = lesson_places.parse(lesson, address)
    if Bookmark.objects.filter(learner=learner, removed_at=None).count() >= MOST:
        raise BookmarkError(_("You have %(most)s bookmarks. Remove some to add another.") % {"most": MOST})
    bookmark, created = Bookmark.objects.get_or_create(
        learner=learner, lesson=lesson, place=place.address, defaults={"title": place.title[:300]}
    )
    if bookmark.removed_at is None:
        return bookmark, created
    return restore(learner, bookmark.pk), True


def write(learner: Learner, pk: int, note: str) -> Bookmark:
    """Raises BookmarkError for a note that is too long; one that became longer by a login may stay as long."""
    bookmark = _own(learner).get(pk=pk)
    note = note.replace("\r\n", "\n")
    if len(note) > max(LONGEST_NOTE, len(bookmark.note)):
        words = _("A note has at most %(most)s characters; this one has %(length)s and is not saved. Shorten it.")
        raise BookmarkError(words % {"most": LONGEST_NOTE, "length": len(note)})
    bookmark.note = note
    bookmark.save(update_fields=["note", "updated_at"])
    return bookmark


def remove(learner: Learner, pk: int) -> Bookmark:
    """What was removed more than a day ago is deleted now."""
    now = timezone.now()
    _own(learner).filter(removed_at__lt=now - KEPT_REMOVED).delete()
    bookmark = _own(learner).get(pk=pk)
    bookmark.removed_at = now
    bookmark.save(update_fields=["removed_at"])
    return bookmark


def restore(learner: Learner, pk: int) -> Bookmark:
    bookmark = _own(learner).get(pk=pk)
    bookmark.removed_at = None
    bookmark.save(update_fields=["removed_at"])
    return bookmark


def of_lesson(learner: Learner | None, lesson: Lesson) -> tuple[Bookmark, ...]:
    """In the order in which they were made; the lesson's own first."""
    if learner is None:
        return ()
    found = _own(learner).filter(lesson=lesson, removed_at=None).order_by("created_at", "pk")
    return tuple(sorted(found, key=lambda bookmark: bookmark.place != ""))


def by_lesson(learner: Learner | None, user: AbstractBaseUser | AnonymousUser) -> tuple[Group, ...]:
    if learner is None:
        return ()
    found = _own(learner).filter(removed_at=None, lesson__in=Lesson.objects.visible_to(user))
    return tuple(Group(lesson, tuple(rows)) for lesson, rows in groupby(found, key=lambda bookmark: bookmark.lesson))


def markdown(groups: Sequence[Group], origin: str) -> str:
    """`origin` is scheme and host, which the links need outside of this site."""
    parts = [f"# {_('Bookmarks and notes')}"]
    for group in groups:
        parts.append(f"## {group.lesson.title}")
        for bookmark in group.bookmarks:
            parts.append(f"### [{_without_brackets(bookmark.title)}]({origin}{bookmark.get_absolute_url()})")
            parts.extend([bookmark.note.strip()] if bookmark.note.strip() else [])
    return "\n\n".join(parts) + "\n"


@transaction.atomic
def move(source: Learner, target: Learner) -> None:
    """Where both bookmarked one place, the notes of both are kept, one after the other."""
    own = {(row.lesson_id, row.place): row for row in Bookmark.objects.filter(learner=target)}
    for row in _own(source).filter(removed_at=None):
        mine = own.get((row.lesson_id, row.place))
        if mine is None:
            row.learner = target
            row.save(update_fields=["learner"])
        else:
            mine.note = _joined([mine.note if mine.removed_at is None else "", row.note])
            mine.removed_at = None
            mine.save(update_fields=["note", "removed_at", "updated_at"])


def _own(learner: Learner) -> QuerySet[Bookmark]:
    return Bookmark.objects.filter(learner=learner).select_related("lesson__course")


def _joined(notes: Iterable[str]) -> str:
    """The notes that are there, each once."""
    return "\n\n".join(dict.fromkeys(note for note in notes if note.strip()))


def _without_brackets(title: str) -> str:
    return title.replace("[", "(").replace("]", ")")
