"""A learning platform: a real HTTP server on loopback with the parts of LTI 1.3 that a tool meets.

    GET  /auth                OpenID Connect's authorization endpoint: answers with a form that posts the signed message
    GET  /jwks                the platform's keys
    POST /token               an access token for a client assertion signed by the tool
    POST /lineitems/N/scores  takes scores, with the order of timestamps that Assignment and Grade Services ask for
    POST /deep-link           takes a deep linking response signed by the tool

It checks what a platform checks. Tests change `claims` for what it tells, and `down` for how it fails.
"""

from __future__ import annotations

import html
import json
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from jwcrypto.jwk import JWK

CLIENT_ID = "client-1"
DEPLOYMENT = "deployment-1"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
ITEMS = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items"
SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
HINT = "user 42"


@dataclass
class Platform:
    """`redirect_uri` and `tool_keys` are what an administrator entered for the tool."""

    key: JWK
    redirect_uri: str = "http://testserver/lti/launch/"
    tool_keys: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    scores: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    answered: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    down: int = 0
    """The status that the score service answers with instead of its work; 0: it works."""
    page: str = "<h1>A course</h1>"
    url: str = ""

    def message(self, query: dict[str, str]) -> dict[str, Any]:
        """The claims of the message that answers an authorization request."""
        now = int(time.time())
        body = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": "user-42",
            "iat": now,
            "exp": now + 300,
            "nonce": query["nonce"],
            "given_name": "Ana",
            "family_name": "Lima",
            "name": "Ana Lima",
            LTI + "version": "1.3.0",
            LTI + "message_type": "LtiResourceLinkRequest",
            LTI + "deployment_id": DEPLOYMENT,
            LTI + "target_link_uri": "http://testserver/",
            LTI + "roles": [ROLE + "Learner"],
            LTI + "resource_link": {"id": "link-1", "title": "Week 3"},
            LTI + "context": {"id": "course-1", "title": "Networks 101", "label": "N101"},
            AGS: {"scope": [SCORE_SCOPE], "lineitem": f"{self.url}/lineitems/7?type_id=2"},
        }
        return {name: value for name, value in (body | self.claims).items() if value is not None}

    def signed(self, body: dict[str, Any], key: JWK | None = None, **header: str) -> str:
        private = (key or self.key).get_op_key("sign")
        return jwt.encode(body, private, algorithm="RS256", headers={"kid": self.key["kid"], **header})

    def select_content(self, **settings: Any) -> None:
        """From now on the platform asks for content."""
        base = {
            "deep_link_return_url": f"{self.url}/deep-link?id=3",
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_multiple": True,
            "data": "csrf-of-the-platform",
        }
        self.claims |= {
            LTI + "message_type": "LtiDeepLinkingRequest",
            LTI + "resource_link": None,
            AGS: None,
            DEEP_LINKING: base | settings,
        }

    def authorize(self, query: dict[str, str]) -> tuple[int, str]:
        expected = {
            "client_id": CLIENT_ID,
            "redirect_uri": self.redirect_uri,
            "response_type": "id_token",
            "response_mode": "form_post",
            "scope": "openid",
            "prompt": "none",
            "login_hint": HINT,
        }
        wrong = {name: query.get(name) for name, value in expected.items() if query.get(name) != value}
        if wrong or not query.get("nonce") or not query.get("state"):
            return 400, f"wrong parameters: {wrong}"
        fields = {"id_token": self.signed(self.message(query)), "state": query["state"]}
        inputs = "".join(f'<input name="{name}" value="{html.escape(value)}">' for name, value in fields.items())
        return 200, f'<form method="post" action="{query["redirect_uri"]}">{inputs}<button>Go on</button></form>'

    def verified(self, token: str, audience: str) -> dict[str, Any]:
        """What the tool signed with a key that it publishes. Raises jwt.InvalidTokenError."""
        keys = jwt.PyJWKSet.from_dict(self.tool_keys)
        key = keys[jwt.get_unverified_header(token)["kid"]].key
        return jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=CLIENT_ID)

    def grant(self, form: dict[str, str]) -> tuple[int, str]:
        self.verified(form["client_assertion"], f"{self.url}/token")
        if form["grant_type"] != "client_credentials" or form["scope"] != SCORE_SCOPE:
            return 400, json.dumps({"error": "invalid_scope"})
        token = uuid.uuid4().hex
        self.tokens.add(token)
        return 200, json.dumps(
            {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": SCORE_SCOPE}
        )

    def take(self, path: str, authorization: str, content_type: str, body: str) -> tuple[int, str]:
        if authorization.removeprefix("Bearer ") not in self.tokens:
            return 401, "no such token"
        if content_type != "application/vnd.ims.lis.v1.score+json" or path != "/lineitems/7/scores?type_id=2":
            return 400, f"not {path} with {content_type}"
        score = json.loads(body)
        same = [other for other in self.scores if other["userId"] == score["userId"]]
        if any(
            datetime.fromisoformat(other["timestamp"]) >= datetime.fromisoformat(score["timestamp"]) for other in same
        ):
            return 409, "there is a newer score"
        self.scores.append(score)
        return 200, ""

    def take_items(self, form: dict[str, str]) -> tuple[int, str]:
        answer = self.verified(form["JWT"], self.url)
        self.answered.append(answer)
        self.items += answer[ITEMS]
        return 200, "<p>Thank you</p>"


class Handler(BaseHTTPRequestHandler):
    platform: Platform

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/auth":
            self.answer(*self.platform.authorize(single(parts.query)))
        elif parts.path == "/jwks":
            self.answer(200, json.dumps({"keys": [self.platform.key.export_public(as_dict=True) | {"alg": "RS256"}]}))
        else:
            self.answer(200, self.platform.page)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/token":
            self.answer(*self.platform.grant(single(body)))
        elif self.path.startswith("/deep-link"):
            self.answer(*self.platform.take_items(single(body)))
        elif self.platform.down:
            self.answer(self.platform.down, "maintenance")
        else:
            told = self.headers.get("Authorization", ""), self.headers.get("Content-Type", "")
            self.answer(*self.platform.take(self.path, *told, body))

    def answer(self, status: int, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: pytest shows what fails."""


class Running:
    """Serves one platform in a thread; use with `with`."""

    def __init__(self, platform: Platform) -> None:
        handler = type("PlatformHandler", (Handler,), {"platform": platform})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        platform.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Running:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def single(query: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}


def fields(page: str) -> dict[str, str]:
    """The inputs of a page's form."""
    return {name: html.unescape(value) for name, value in re.findall(r'name="([^"]*)" value="([^"]*)"', page)}


def login_parameters(platform: Platform, target: str = "http://testserver/", **values: str) -> dict[str, str]:
    told = {"iss": platform.url, "login_hint": HINT, "target_link_uri": target, "client_id": CLIENT_ID}
    return told | {"lti_deployment_id": DEPLOYMENT, "lti_message_hint": "hint"} | values


def query_of(parameters: dict[str, str]) -> str:
    return urlencode(parameters)
