"""Questions of a file for a quiz: what each becomes, what is lost, and what the quiz has already.

decoded(data, file)          the bytes of a file as text
review(quiz, text, file)     what importing it would do; stores nothing
store(quiz, drafts)          adds drafts to a quiz that is not published
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from django.db import transaction
from django.utils.translation import gettext

from lessons.models import Status
from quizzes.errors import InvalidSpecError
from quizzes.exchange.formats import Format, format_of
from quizzes.exchange.incoming import Converted, convert, slug_of
from quizzes.exchange.items import MOST_BYTES, Item, Loss, NotCarriedError, UnreadableFileError
from quizzes.kinds import KINDS
from quizzes.models import Question, Quiz
from quizzes.questions.checking import check

MOST_IN_QUIZ = 100  # as in quiz.yaml


class ImportRefusedError(Exception):
    """The quiz cannot take the questions as it is. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that could be added. `same_as` names the one that says the same already, in the quiz or the file."""

    slug: str
    kind: str
    points: int
    spec: dict[str, object]
    line: int
    problems: Sequence[str] = ()
    same_as: str = ""

    @property
    def label(self) -> str:
        """What learners call the kind."""
        return str(KINDS[self.kind].label)


@dataclass(frozen=True, slots=True)
class Review:
    """`losses`: of whole questions, and of those among the drafts, whose problems say the same."""

    form: Format
    drafts: tuple[Draft, ...]
    losses: tuple[Loss, ...]

    @property
    def missing(self) -> tuple[Loss, ...]:
        """The questions that cannot be carried."""
        return tuple(loss for loss in self.losses if loss.whole)


def decoded(data: bytes, file: str) -> str:
    """Raises UnreadableFileError for a file that is too large or is no text."""
    if len(data) > MOST_BYTES:
        raise UnreadableFileError(
            gettext("{file}: has {count} bytes; {most} are allowed. Split the file.").format(
                file=file, count=f"{len(data):,}", most=f"{MOST_BYTES:,}"
            )
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableFileError(
            gettext("{file}:{line}: is not in UTF-8; save it as UTF-8 and try again").format(file=file, line=line)
        ) from error


def review(quiz: Quiz, text: str, file: str) -> Review:
    """Raises UnreadableFileError."""
    form = format_of(text)
    reading = form.read(text, file)
    losses = list(reading.losses)
    drafts = list(drafted(quiz, reading.items, file, losses))
    return Review(form, tuple(drafts), tuple(sorted(losses, key=line_of)))


def line_of(loss: Loss) -> int:
    return int(loss.place.rpartition(":")[2])


def drafted(quiz: Quiz, items: Iterable[Item], file: str, losses: list[Loss]) -> Iterator[Draft]:
    """A draft for each item that a kind can hold; what is lost is appended to `losses`."""
    known = {content_of(question.kind, question.spec): question.slug for question in quiz.questions.all()}
    taken = set(known.values())
    for number, item in enumerate(items, start=1):
        name = item.name or item.prompt.split("\n")[0][:60]
        place = f"{file}:{item.line}"
        try:
            converted = checked(quiz, item)
        except NotCarriedError as error:
            losses.append(Loss(name, f"{file}:{error.line or item.line}", str(error), whole=True))
            continue
        slug = free_slug(slug_of(item.name) or f"question-{number}", taken)
        same_as = known.setdefault(content_of(converted.kind, converted.spec), slug)
        losses.extend(Loss(name, place, problem, whole=False) for problem in converted.problems)
        yield Draft(
            slug,
            converted.kind,
            converted.points,
            converted.spec,
            item.line,
            converted.problems,
            same_as if same_as != slug else "",
        )


def content_of(kind: str, spec: dict[str, object]) -> str:
    """The same for questions that say the same, whatever the order of their keys."""
    return json.dumps([kind, spec], sort_keys=True)


def checked(quiz: Quiz, item: Item) -> Converted:
    """Raises NotCarriedError, also for a question whose key does not hold."""
    converted = convert(item)
    try:
        check(converted.kind, converted.spec, quiz.lesson)
    except InvalidSpecError as error:
        raise NotCarriedError(gettext("as {kind}: {problem}").format(kind=converted.kind, problem=error)) from error
    return converted


def free_slug(wanted: str, taken: set[str]) -> str:
    """The wanted one, or with the first number that is free; it is taken from now on."""
    candidates = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    slug = next(candidate for candidate in candidates if candidate not in taken)
    taken.add(slug)
    return slug


@transaction.atomic
def store(quiz: Quiz, drafts: Iterable[Draft]) -> list[Question]:
    """Adds them behind the questions that there are. Raises ImportRefusedError, and then adds none."""
    locked = Quiz.objects.select_for_update().get(pk=quiz.pk)
    chosen = list(drafts)
    if locked.status == Status.PUBLISHED:
        raise ImportRefusedError(
            gettext(
                "“{quiz}” is published, so nothing was added. Make it a draft, import again, then publish it."
            ).format(quiz=locked)
        )
    present = list(locked.questions.values_list("slug", "position"))
    if len(present) + len(chosen) > MOST_IN_QUIZ:
        raise ImportRefusedError(
            gettext("A quiz has at most {most} questions; “{quiz}” has {count} and would get {count2}.").format(
                most=MOST_IN_QUIZ, quiz=locked, count=len(present), count2=len(chosen)
            )
        )
    taken = {slug for slug, _ in present}
    last = max((position for _, position in present), default=0)
    added = [question_of(locked, draft, position) for position, draft in enumerate(chosen, start=last + 1)]
    for question in added:
        question.slug = free_slug(question.slug, taken)
        question.save()
    return added


def question_of(quiz: Quiz, draft: Draft, position: int) -> Question:
    """As it would be stored; it is not."""
    return Question(
        quiz=quiz, slug=draft.slug, position=position, kind=draft.kind, points=draft.points, spec=draft.spec
    )
