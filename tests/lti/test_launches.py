"""A platform's learner arrives where the link leads, as themselves; whatever is not right is refused with a page."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from jwcrypto.jwk import JWK
from lti_tool.models import Key, LtiDeployment, LtiRegistration, LtiUser

from lessons.learners import SESSION_KEY
from lessons.models import Learner, Status
from lti import launches
from lti.accounts import account_of
from lti.models import Launch
from tests.lessons.factories import make_experiment, make_lesson
from tests.lti.conftest import message_of
from tests.lti.platform import CLIENT_ID, DEPLOYMENT, LTI, ROLE, Platform, login_parameters
from tests.quizzes.factories import make_quiz

pytestmark = pytest.mark.django_db
Follow = Callable[..., HttpResponse]


def reason(response: HttpResponse) -> str:
    """Why the launch was refused; fails for a launch that was not."""
    assert response.status_code == 400
    page = response.content.decode()
    assert "This link could not be opened" in page
    return page


class TestArriving:
    def test_a_link_to_a_lesson_leads_to_the_lesson(self, launch: Follow) -> None:
        lesson = make_lesson()
        response = launch(f"http://testserver{lesson.get_absolute_url()}")
        assert response.headers["Location"] == lesson.get_absolute_url()

    def test_a_link_to_a_quiz_leads_to_the_quiz(self, launch: Follow, client: Client) -> None:
        quiz = make_quiz()
        response = launch(f"http://testserver{quiz.get_absolute_url()}")
        assert client.get(response.headers["Location"]).context["quiz"] == quiz

    @pytest.mark.parametrize("path", ["/", "/lti/", "/lti/launch/", ""])
    def test_the_tool_s_own_address_leads_home(self, launch: Follow, path: str) -> None:
        assert launch(f"http://testserver{path}").headers["Location"] == "/"

    def test_a_login_may_come_as_a_link_too(self, platform: Platform, client: Client) -> None:
        response = client.get("/lti/login/", login_parameters(platform))
        assert response.headers["Location"].startswith(f"{platform.url}/auth?")

    def test_a_login_may_leave_out_the_client_id(self, platform: Platform, client: Client) -> None:
        parameters = login_parameters(platform)
        del parameters["client_id"]
        assert client.post("/lti/login/", parameters).status_code == 302

    def test_the_browser_is_signed_in_as_an_account_without_password_or_rights(
        self, launch: Follow, client: Client
    ) -> None:
        launch()
        user = User.objects.get(pk=client.session["_auth_user_id"])
        assert (user.get_full_name(), user.has_usable_password()) == ("Ana Lima", False)
        assert (user.is_staff, user.is_superuser, user.email) == (False, False, "")
        assert Learner.objects.get().user == user

    def test_the_session_ends_with_the_browser(self, launch: Follow, client: Client) -> None:
        launch()
        assert client.session.get_expire_at_browser_close()

    def test_the_session_gets_another_name(self, launch: Follow, client: Client) -> None:
        session = client.session
        session["seen"] = True
        session.save()
        client.cookies["sessionid"] = session.session_key
        launch()
        assert client.cookies["sessionid"].value != session.session_key

    def test_who_comes_again_is_the_same_account(self, launch: Follow, client: Client) -> None:
        launch()
        client.logout()
        launch()
        assert User.objects.count() == 1

    def test_another_subject_is_another_account(self, launch: Follow) -> None:
        launch()
        launch(sub="user-43")
        assert User.objects.count() == Learner.objects.count() == 2

    def test_the_same_subject_at_another_client_of_the_issuer_is_the_same_account(
        self, launch: Follow, platform: Platform
    ) -> None:
        launch()
        other = LtiRegistration.objects.get()
        other.pk, other.client_id = None, "client-2"
        other.save()
        LtiUser.objects.create(registration=other, sub="user-42")
        assert account_of(LtiUser.objects.get(registration__client_id="client-2")) == User.objects.get()

    def test_what_a_guest_did_before_is_kept(self, launch: Follow, client: Client) -> None:
        guest = Learner.objects.create()
        guest.predictions.create(experiment=make_experiment(), option_text="A connection")
        session = client.session
        session[SESSION_KEY] = guest.pk
        session.save()
        client.cookies["sessionid"] = session.session_key
        launch()
        assert Learner.objects.get(user__first_name="Ana").predictions.count() == 1

    def test_an_instructor_is_told_who_gives_rights(self, launch: Follow, client: Client) -> None:
        response = launch(**{LTI + "roles": [ROLE + "Instructor"]})
        assert "rights to edit lessons and to see grades" in client.get(response.headers["Location"]).content.decode()
        assert not User.objects.filter(is_staff=True).exists()

    def test_loading_the_entrance_again_leads_to_the_same_place(self, launch: Follow, client: Client) -> None:
        lesson = make_lesson()
        launch(f"http://testserver{lesson.get_absolute_url()}")
        again = client.get(f"/lti/enter/{Launch.objects.get().state}/")
        assert again.headers["Location"] == lesson.get_absolute_url()

    def test_deleting_the_account_deletes_what_the_platform_told(self, launch: Follow) -> None:
        launch()
        User.objects.get().delete()
        assert not LtiUser.objects.exists()


class TestRefusals:
    """Nobody is signed in by any of these."""

    @pytest.fixture(autouse=True)
    def nobody_came_in(self, client: Client) -> Any:
        yield
        assert "_auth_user_id" not in client.session
        assert not User.objects.exists()

    def test_another_nonce(self, launch: Follow) -> None:
        assert "too old" in reason(launch(nonce="made-up"))

    def test_another_state(self, platform: Platform, client: Client) -> None:
        form = message_of(client, platform) | {"state": "state-made-up"}
        assert "cookie" in reason(client.post("/lti/launch/", form))

    def test_a_state_of_another_login(self, platform: Platform, client: Client) -> None:
        one, other = message_of(client, platform), message_of(client, platform)
        assert "too old" in reason(client.post("/lti/launch/", one | {"state": other["state"]}))

    def test_another_browser(self, platform: Platform, client: Client) -> None:
        form = message_of(client, platform)
        assert "cookie" in reason(Client().post("/lti/launch/", form))

    def test_an_expired_message(self, launch: Follow) -> None:
        assert "too old" in reason(launch(exp=int(time.time()) - 1))

    def test_a_message_that_never_expires(self, launch: Follow) -> None:
        assert "signature" in reason(launch(exp=None))

    def test_a_login_that_waited_too_long(self, platform: Platform, client: Client) -> None:
        form = message_of(client, platform)
        Launch.objects.update(asked_at=timezone.now() - timedelta(seconds=launches.MESSAGE_SECONDS + 1))
        assert "too old" in reason(client.post("/lti/launch/", form))

    @pytest.mark.parametrize(
        "claims",
        [{"aud": "somebody-else"}, {"aud": ["somebody-else", "client-1"], "azp": "somebody-else"}, {"aud": []}],
        ids=["another audience", "another authorized party", "no audience"],
    )
    def test_a_message_for_another_site(self, launch: Follow, claims: dict[str, Any]) -> None:
        assert "not registered here" in reason(launch(**claims))

    def test_a_message_of_another_issuer(self, launch: Follow) -> None:
        assert "not registered here" in reason(launch(iss="https://elsewhere.example"))

    def test_a_message_of_another_registered_platform(self, launch: Follow, platform: Platform) -> None:
        addresses = {"auth_url": f"{platform.url}/auth", "keyset_url": f"{platform.url}/jwks"}
        issuer = "https://other.example"
        LtiRegistration.objects.create(name="Other", issuer=issuer, client_id=CLIENT_ID, **addresses)
        assert "not registered here" in reason(launch(iss=issuer))

    def test_a_signature_by_another_key(self, platform: Platform, client: Client) -> None:
        form = message_of(client, platform)
        body = platform.message({"nonce": Launch.objects.get().nonce})
        form["id_token"] = platform.signed(body, JWK.generate(kty="RSA", size=2048))
        assert "signature" in reason(client.post("/lti/launch/", form))

    @pytest.mark.parametrize(
        "token",
        ["", "a.b", "a.b.c", "e30.W10.x", "bm8.e30.x"],
        ids=["none", "two parts", "no base64", "list", "no JSON"],
    )
    def test_what_is_no_message(self, platform: Platform, client: Client, token: str) -> None:
        form = message_of(client, platform) | {"id_token": token}
        assert "cannot be read" in reason(client.post("/lti/launch/", form))

    @pytest.mark.parametrize("claim", ["sub", LTI + "roles", LTI + "deployment_id", LTI + "message_type"])
    def test_a_message_that_lacks_a_claim(self, launch: Follow, claim: str) -> None:
        assert "cannot be read" in reason(launch(**{claim: None}))

    def test_a_message_of_another_kind(self, launch: Follow) -> None:
        assert "does not offer" in reason(launch(**{LTI + "message_type": "LtiSubmissionReviewRequest"}))

    def test_an_unknown_deployment_which_is_listed_to_be_switched_on(self, launch: Follow) -> None:
        page = reason(launch(**{LTI + "deployment_id": "new-one"}))
        assert "deployment “new-one” of “Moodle of the school”" in page
        assert not LtiDeployment.objects.get(deployment_id="new-one").is_active

    def test_a_deployment_that_was_switched_off(self, launch: Follow) -> None:
        LtiDeployment.objects.filter(deployment_id=DEPLOYMENT).update(is_active=False)
        assert "not switched on" in reason(launch())

    def test_a_platform_that_was_switched_off(self, platform: Platform, client: Client) -> None:
        LtiRegistration.objects.update(is_active=False)
        assert "not registered here" in reason(client.post("/lti/login/", login_parameters(platform)))

    def test_a_login_without_a_hint(self, platform: Platform, client: Client) -> None:
        assert "cannot be read" in reason(client.post("/lti/login/", login_parameters(platform, login_hint="")))

    @pytest.mark.parametrize(
        "target",
        [
            "http://elsewhere.example/",
            "http://testserver/nowhere",
            "http://testserver/admin/",
            "http://testserver/courses/no/",
        ],
    )
    def test_a_link_to_nowhere(self, launch: Follow, target: str) -> None:
        assert "does not exist here" in reason(launch(target))

    def test_a_link_to_a_draft(self, launch: Follow) -> None:
        lesson = make_lesson(status=Status.DRAFT)
        assert "not published" in reason(launch(f"http://testserver{lesson.get_absolute_url()}"))

    def test_an_entrance_in_another_browser(self, platform: Platform, client: Client) -> None:
        place = client.post("/lti/launch/", message_of(client, platform)).headers["Location"]
        assert "cookie" in reason(Client().get(place))

    def test_an_entrance_that_waited_too_long(self, platform: Platform, client: Client) -> None:
        place = client.post("/lti/launch/", message_of(client, platform)).headers["Location"]
        Launch.objects.update(accepted_at=timezone.now() - timedelta(hours=1))
        assert "too old" in reason(client.get(place))

    def test_an_address_that_is_only_opened(self, platform: Platform, client: Client) -> None:
        assert "too old" in reason(client.get("/lti/launch/"))

    def test_a_platform_that_does_not_answer(self, platform: Platform, client: Client) -> None:
        form = message_of(client, platform)
        LtiRegistration.objects.update(keyset_url="http://127.0.0.1:9/jwks")
        assert "signature" in reason(client.post("/lti/launch/", form))


def test_a_launch_counts_once(platform: Platform, client: Client) -> None:
    form = message_of(client, platform)
    assert client.post("/lti/launch/", form).status_code == 302
    assert "used already" in reason(client.post("/lti/launch/", form))


def test_two_messages_at_once_count_once(platform: Platform, client: Client) -> None:
    form = message_of(client, platform)
    parse = launches.parsed

    def parsed_while_another_is_accepted(body: Any) -> Any:
        Launch.objects.update(accepted_at=timezone.now())
        return parse(body)

    with patch.object(launches, "parsed", parsed_while_another_is_accepted):
        assert "used already" in reason(client.post("/lti/launch/", form))


def test_an_entrance_counts_once(platform: Platform, client: Client) -> None:
    place = client.post("/lti/launch/", message_of(client, platform)).headers["Location"]
    client.get(place)
    del client.cookies["sessionid"]
    assert "used already" in reason(client.get(place))


def test_an_account_that_was_switched_off_stays_out(launch: Follow, client: Client) -> None:
    launch()
    User.objects.update(is_active=False)
    client.logout()
    assert "switched off" in reason(launch())


def window_link(response: HttpResponse) -> str:
    found = re.search(r'href="(/lti/login/[^"]+)" target="_blank"', response.content.decode())
    assert found is not None
    return html.unescape(found[1])


class TestFrames:
    @pytest.mark.parametrize("place", ["iframe", "frame", "object", "embed"])
    def test_a_link_in_a_frame_is_opened_in_a_window(self, platform: Platform, client: Client, place: str) -> None:
        response = client.post("/lti/login/", login_parameters(platform), headers={"Sec-Fetch-Dest": place})
        assert client.get(window_link(response)).headers["Location"].startswith(f"{platform.url}/auth?")
        assert "lti_window.js" not in response.content.decode()

    def test_a_browser_that_does_not_say_where_is_asked_for_a_window(self, platform: Platform) -> None:
        """Its script goes on by itself where the page is in no frame."""
        silent = Client()
        response = silent.post("/lti/login/", login_parameters(platform))
        assert "lti_window.js" in response.content.decode()
        assert silent.get(window_link(response)).headers["Location"].startswith(f"{platform.url}/auth?")

    def test_the_platform_is_not_asked_from_within_a_frame(self, platform: Platform, client: Client) -> None:
        """Its hint may be good only once."""
        link = window_link(client.post("/lti/login/", login_parameters(platform), headers={"Sec-Fetch-Dest": "iframe"}))
        assert window_link(client.get(link, headers={"Sec-Fetch-Dest": "iframe"})) == link
        assert not Launch.objects.exists()

    def test_only_the_platform_may_frame_it(self, platform: Platform, client: Client) -> None:
        response = client.post("/lti/login/", login_parameters(platform), headers={"Sec-Fetch-Dest": "iframe"})
        assert f"frame-ancestors {platform.url}" in response.headers["Content-Security-Policy"].split("; ")
        assert "X-Frame-Options" not in response.headers

    def test_a_refusal_is_framed_by_the_platform_that_asked_alone(self, platform: Platform, client: Client) -> None:
        LtiRegistration.objects.create(name="Other", issuer="https://other.example", client_id="1")
        LtiDeployment.objects.update(is_active=False)
        refused = client.post("/lti/launch/", message_of(client, platform))
        assert f"frame-ancestors {platform.url}" in refused.headers["Content-Security-Policy"].split("; ")
        assert "other.example" not in refused.headers["Content-Security-Policy"]

    def test_nobody_else_may(self, platform: Platform, client: Client) -> None:
        parameters = login_parameters(platform, iss="https://elsewhere.example")
        response = client.post("/lti/login/", parameters, headers={"Sec-Fetch-Dest": "iframe"})
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Frame-Options"] == "DENY"

    def test_the_pages_of_the_site_are_not_framed(self, launch: Follow, client: Client) -> None:
        page = client.get(launch().headers["Location"])
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]

    def test_on_https_the_cookie_crosses_sites(self, platform: Platform, client: Client) -> None:
        client.post("/lti/login/", login_parameters(platform), secure=True)
        [cookie] = [morsel for name, morsel in client.cookies.items() if name.startswith(launches.COOKIE_PREFIX)]
        assert (cookie["samesite"], cookie["secure"], cookie["httponly"]) == ("None", True, True)


def test_old_launches_are_forgotten(platform: Platform, client: Client) -> None:
    message_of(client, platform)
    message_of(client, platform)
    Launch.objects.filter(pk=Launch.objects.latest("pk").pk).update(asked_at=timezone.now() - timedelta(days=2))
    assert launches.forget() == 1


def test_the_setup_page_names_the_addresses(client: Client) -> None:
    page = client.get("/lti/").content.decode()
    for path in ("login/", "launch/", "jwks.json", "select/"):
        assert f"http://testserver/lti/{path}" in page


def test_only_public_parts_of_keys_are_published(platform: Platform, client: Client) -> None:
    [key] = client.get("/lti/jwks.json").json()["keys"]
    assert {"kty", "n", "e", "kid", "alg", "use"} == set(key)
    assert key["kid"] == str(Key.objects.get())
