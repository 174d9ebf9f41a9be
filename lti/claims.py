"""The claims of a launch that this site reads, checked. All names are those of LTI 1.3 and its services.

Sources: 1EdTech, LTI Core Specification 1.3, LTI Deep Linking 2.0, LTI Assignment and Grade Services 2.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

MESSAGE_TYPE = "https://purl.imsglobal.org/spec/lti/claim/message_type"
DEEP_LINKING = "LtiDeepLinkingRequest"
RESOURCE_LINK = "LtiResourceLinkRequest"
SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"


class MalformedClaimsError(Exception):
    """The message lacks a claim or holds one of the wrong form; the text names it."""


def _web_address(text: str) -> str:
    """Kept as it is: platforms compare addresses letter by letter."""
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("must be an address that starts with https://")
    return text


WebAddress = Annotated[str, Field(max_length=2000), AfterValidator(_web_address)]


class Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Described(Lenient):
    """A context or a resource link."""

    id: str = Field(min_length=1, max_length=255)
    title: str = ""
    label: str = ""

    @field_validator("title", "label", mode="before")
    @classmethod
    def _no_null(cls, value: Any) -> Any:
        return value or ""


class GradeEndpoint(Lenient):
    """Assignment and Grade Services: where scores of this link go. Without `lineitem` the link takes none."""

    scope: tuple[str, ...] = ()
    lineitem: WebAddress | None = None

    @property
    def score_url(self) -> str:
        return self.lineitem if self.lineitem and SCORE_SCOPE in self.scope else ""


class DeepLinkingSettings(Lenient):
    deep_link_return_url: WebAddress
    accept_types: tuple[str, ...]
    accept_multiple: bool = False
    accept_lineitem: bool = True
    data: Any = None


class Presentation(Lenient):
    locale: str | None = None
    return_url: str | None = None


class Claims(Lenient):
    sub: str = Field(min_length=1, max_length=255)
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    message_type: str = Field(alias="https://purl.imsglobal.org/spec/lti/claim/message_type")
    deployment_id: str = Field(
        min_length=1, max_length=255, alias="https://purl.imsglobal.org/spec/lti/claim/deployment_id"
    )
    target_link_uri: str = Field(default="", alias="https://purl.imsglobal.org/spec/lti/claim/target_link_uri")
    roles: tuple[str, ...] = Field(alias="https://purl.imsglobal.org/spec/lti/claim/roles")
    context: Described | None = Field(default=None, alias="https://purl.imsglobal.org/spec/lti/claim/context")
    resource_link: Described | None = Field(
        default=None, alias="https://purl.imsglobal.org/spec/lti/claim/resource_link"
    )
    presentation: Presentation | None = Field(
        default=None, alias="https://purl.imsglobal.org/spec/lti/claim/launch_presentation"
    )
    endpoint: GradeEndpoint | None = Field(default=None, alias="https://purl.imsglobal.org/spec/lti-ags/claim/endpoint")
    deep_linking: DeepLinkingSettings | None = Field(
        default=None, alias="https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
    )

    @property
    def teaches(self) -> bool:
        return any(role.startswith(INSTRUCTOR) or role == "Instructor" for role in self.roles)

    @property
    def learns(self) -> bool:
        return any(role in (LEARNER, "Learner") for role in self.roles)


def parse(body: Mapping[str, Any]) -> Claims:
    """Raises MalformedClaimsError."""
    try:
        return Claims.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise MalformedClaimsError(f"{place}: {first['msg']}") from error
