"""The draft of one answer: as a page shows it, and as a form changes it. The caller holds the attempt's lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from quizzes.errors import IncompleteAnswerError, InvalidAnswerError
from quizzes.kinds import Response
from quizzes.kinds.base import Form
from quizzes.models import Answer
from quizzes.questions.revisions import revision_scenario
from quizzes.questions.specifications import kind_of, require_readable, specification


@dataclass(frozen=True, slots=True)
class Draft:
    """One answer as a page is to show it.

    `response` is what this page has, `version` the save that it is based on. `saved` is what another window saved
    since, until the learner decides. `problem` says why the response cannot be graded as it stands.
    """

    answer: Answer
    response: Response
    version: int
    problem: str = ""
    saved: Response | None = None

    @property
    def answered(self) -> bool:
        return kind_of(self.answer.revision).answered(self.response)

    @property
    def incomplete(self) -> bool:
        """Whether there is nothing wrong with the response but that a part is still missing."""
        return isinstance(refusal(self.answer, self.response), IncompleteAnswerError)

    @property
    def complete(self) -> bool:
        """Whether the response can be graded as it stands."""
        return self.answered and refusal(self.answer, self.response) is None

    @property
    def saved_in_words(self) -> str:
        return in_words(self.answer, self.saved or {})


def unreadable(drafts: Iterable[Draft]) -> tuple[Draft, ...]:
    """Those that cannot be graded as they stand, for more than a part that is missing."""
    return tuple(draft for draft in drafts if draft.problem and not draft.incomplete)


def stored_draft(answer: Answer) -> Draft:
    return Draft(answer, answer.response, answer.version, problem_of(answer, answer.response))


def save_locked(answer: Answer, form: Form, page: UUID, now: datetime) -> Draft:
    """Keeps the form's answer to one question. A form that does not hold the question leaves its draft as it is."""
    versions = posted_versions(form, answer.revision.slug)
    if not versions:
        return stored_draft(answer)
    kind, spec = kind_of(answer.revision), specification(answer.revision)
    try:
        response = kind.read(spec, form, answer.revision.slug, answer.seed)
    except InvalidAnswerError as error:
        return Draft(answer, answer.response, answer.version, str(error))
    if response != answer.response:
        if answer.version not in versions and page != answer.saved_from:
            return Draft(answer, response, versions[0], problem_of(answer, response), saved=answer.response)
        keep(answer, response, page, now)
    return stored_draft(answer)


def keep(answer: Answer, response: Response, page: UUID, now: datetime) -> None:
    answer.response = response
    answer.version += 1
    answer.saved_from = page
    answer.saved_at = now
    answer.save(update_fields=["response", "version", "saved_from", "saved_at"])


def posted_versions(form: Form, slug: str) -> tuple[int, ...]:
    """The versions that the form knows of; none when the form does not hold this question."""
    texts = form.get(f"{slug}.version", ())
    return tuple(int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 10)


def problem_of(answer: Answer, response: Response) -> str:
    return str(refusal(answer, response) or "")


def refusal(answer: Answer, response: Response) -> InvalidAnswerError | None:
    """Why this response cannot be graded as it stands."""
    try:
        require_readable_answer(answer, response)
    except InvalidAnswerError as error:
        return error
    return None


def require_readable_answer(answer: Answer, response: Response) -> None:
    """Raises InvalidAnswerError when the response cannot be graded as it stands."""
    revision = answer.revision
    require_readable(kind_of(revision), specification(revision), response, revision_scenario(revision))


def in_words(answer: Answer, response: Response) -> str:
    """A response for people, even one that cannot be graded."""
    kind, spec = kind_of(answer.revision), specification(answer.revision)
    if not kind.answered(response):
        return gettext("no answer")
    try:
        require_readable_answer(answer, response)
        return kind.describe(spec, response)
    except InvalidAnswerError:
        return str(response.get("text", gettext("an answer that is not complete")))
