"""One score to one line item: the access token, then the score (LTI Assignment and Grade Services 2.0, section 3.4).

PyLTI1p3 asks for the token and writes the score. The POST is ours: PyLTI1p3 takes an answer without JSON for an error,
though the score was taken.
"""

from __future__ import annotations

import enum
from datetime import UTC
from urllib.parse import urlsplit

import requests
from django.utils.translation import gettext_noop
from pylti1p3.exception import LtiException, LtiServiceException
from pylti1p3.grade import Grade
from pylti1p3.service_connector import ServiceConnector

from lessons import phrases
from lti.claims import SCORE_SCOPE
from lti.keys import KeyUnavailableError
from lti.models import ScoreDelivery
from lti.registrations import PlatformSession, signing_registration

NO_ANSWER = gettext_noop("The platform did not answer: {words}")
NO_TOKEN = gettext_noop("The platform sent no access token: {words}")
NO_SCORE = gettext_noop("There is no score to send.")
REFUSED_SCORE = gettext_noop("The platform refused the score: {words}")
REFUSED_ENTRY = gettext_noop("The platform refused to let this site in: {words}")
phrases.register(NO_ANSWER, NO_TOKEN, NO_SCORE, REFUSED_SCORE, REFUSED_ENTRY)

SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
CONFLICT = 409
PASSING = {401, 408, 425, 429}
"""Statuses below 500 that may be better the next time: a token that expired, a platform that is busy."""
LONGEST_QUOTE = 300


class Outcome(enum.Enum):
    TAKEN = enum.auto()
    KEPT = enum.auto()
    """The platform keeps what it has: as new as this score, or newer."""


class DeliveryError(Exception):
    """The score did not arrive; the message is for instructors."""

    def __init__(self, message: str, *, worth_retrying: bool) -> None:
        super().__init__(message)
        self.worth_retrying = worth_retrying


def post(delivery: ScoreDelivery) -> Outcome:
    """Raises DeliveryError."""
    session = PlatformSession()
    headers = {"Authorization": f"Bearer {access_token(delivery, session)}", "Content-Type": SCORE_TYPE}
    try:
        response = session.post(scores_url(delivery.line_item.line_item_url), score_of(delivery), headers=headers)
    except requests.RequestException as error:
        raise DeliveryError(NO_ANSWER.format(words=error), worth_retrying=True) from error
    if response.status_code == CONFLICT:
        return Outcome.KEPT
    if not response.ok:
        raise refused(REFUSED_SCORE, response)
    return Outcome.TAKEN


def access_token(delivery: ScoreDelivery, session: requests.Session) -> str:
    row = delivery.line_item.resource_link.context.deployment.registration
    try:
        return ServiceConnector(signing_registration(row), session).get_access_token([SCORE_SCOPE])
    except KeyUnavailableError as error:
        raise DeliveryError(str(error), worth_retrying=True) from error
    except LtiServiceException as error:
        raise refused(REFUSED_ENTRY, error.response) from error
    except requests.RequestException as error:
        raise DeliveryError(NO_ANSWER.format(words=error), worth_retrying=True) from error
    except (LtiException, KeyError, TypeError, ValueError) as error:
        raise DeliveryError(NO_TOKEN.format(words=repr(error)), worth_retrying=True) from error


def score_of(delivery: ScoreDelivery) -> str:
    if delivery.decided_at is None or delivery.score is None or delivery.max_score is None:
        raise DeliveryError(NO_SCORE, worth_retrying=False)
    moment = delivery.decided_at.astimezone(UTC).isoformat(timespec="milliseconds")
    grade = Grade().set_user_id(delivery.lti_user.sub).set_timestamp(moment)
    grade.set_score_given(float(delivery.score)).set_score_maximum(float(delivery.max_score))
    return str(grade.set_activity_progress("Completed").set_grading_progress("FullyGraded").get_value())


def scores_url(line_item_url: str) -> str:
    """The line item's address with /scores behind its path; a query stays where it is."""
    parts = urlsplit(line_item_url)
    return parts._replace(path=f"{parts.path.rstrip('/')}/scores").geturl()


def refused(message: str, response: requests.Response) -> DeliveryError:
    status = response.status_code
    quote = " ".join(response.text.split())[:LONGEST_QUOTE]
    answer = f"HTTP {status}: {quote}" if quote else f"HTTP {status}"
    return DeliveryError(message.format(words=answer), worth_retrying=status >= 500 or status in PASSING)
