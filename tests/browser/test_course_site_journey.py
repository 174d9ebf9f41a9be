"""From a course site's frame into a window of its own, and back with a selection, in a real browser.

The course site is 127.0.0.1 and this site is localhost: another site, whose cookies the browser keeps from frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from jwcrypto.jwk import JWK
from lti_tool.models import LtiDeployment, LtiRegistration
from playwright.sync_api import Page, Route, expect

from lti import keys
from quizzes.models import Quiz
from tests.lti.platform import CLIENT_ID, DEPLOYMENT, LTI, Platform, Running, login_parameters
from tests.quizzes.factories import make_quiz

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.nightly]
PLACES = {"auth_url": "auth", "token_url": "token", "keyset_url": "jwks"}


def framing(platform: Platform, site: str, target: str) -> str:
    """A page of the course that opens the login in a frame."""
    told = login_parameters(platform, target=target)
    inputs = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in told.items())
    form = f'<form method="post" action="{site}/lti/login/" target="inside">{inputs}<button>Open</button></form>'
    return f'<h1>Networks 101</h1>{form}<iframe name="inside" title="Tool" width="100%" height="600"></iframe>'


@pytest.fixture
def quiz(transactional_db: None) -> Quiz:
    return make_quiz(title="Rules of Services")


@pytest.fixture
def platform(live_server: object, quiz: Quiz) -> Iterator[Platform]:
    """A course site that runs and is registered, whose link leads to the quiz."""
    site = str(live_server)
    running = Platform(JWK.generate(kty="RSA", size=2048, kid="k"), redirect_uri=f"{site}/lti/launch/")
    keys.ensure()
    running.tool_keys = Client().get("/lti/jwks.json").json()
    with Running(running):
        addresses = {name: f"{running.url}/{path}" for name, path in PLACES.items()}
        row = LtiRegistration.objects.create(name="Moodle", issuer=running.url, client_id=CLIENT_ID, **addresses)
        LtiDeployment.objects.create(registration=row, deployment_id=DEPLOYMENT, is_active=True)
        running.claims[LTI + "target_link_uri"] = f"{site}{quiz.get_absolute_url()}"
        running.page = framing(running, site, f"{site}{quiz.get_absolute_url()}")
        yield running


def test_a_framed_link_opens_in_a_window_and_a_selection_goes_back(
    page: Page, live_server: object, platform: Platform, quiz: Quiz, assert_accessible: Callable[..., None]
) -> None:
    site = str(live_server)
    open_link(page, platform, assert_accessible)
    select_quiz(page, platform, site, assert_accessible)
    [item] = platform.items
    assert (item["title"], item["url"]) == ("Rules of Services", f"{site}{quiz.get_absolute_url()}")


def without_saying_where(route: Route) -> None:
    """As Safari before 16.4 asks."""
    said = {name: value for name, value in route.request.headers.items() if not name.startswith("sec-fetch-")}
    route.fulfill(response=route.fetch(headers=said))


def test_a_browser_that_does_not_say_where_goes_on_by_itself_in_a_window_only(page: Page, platform: Platform) -> None:
    page.route("**/lti/login/", without_saying_where)
    page.goto(f"{platform.url}/course")
    page.get_by_role("button", name="Open").click()
    expect(page.frame_locator("iframe").get_by_role("link", name="Open Hop by Hop")).to_be_visible()
    platform.page = platform.page.replace(' target="inside"', "")
    page.goto(f"{platform.url}/course")
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Your best score will be sent to Networks 101.")).to_be_visible()


def open_link(page: Page, platform: Platform, assert_accessible: Callable[..., None]) -> None:
    page.goto(f"{platform.url}/course")
    page.get_by_role("button", name="Open").click()
    with page.context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Open Hop by Hop").click()
    window = opened.value
    window.get_by_role("button", name="Go on").click()
    expect(window.get_by_text("Your best score will be sent to Networks 101.")).to_be_visible()
    assert_accessible(window)
    window.close()


def select_quiz(page: Page, platform: Platform, site: str, assert_accessible: Callable[..., None]) -> None:
    """The browser is signed in by now, but keeps that from the frame."""
    platform.select_content()
    platform.page = framing(platform, site, f"{site}/lti/select/")
    page.goto(f"{platform.url}/course")
    with page.expect_request("**/lti/login/") as asked:
        page.get_by_role("button", name="Open").click()
    assert page.context.cookies(site)
    assert "cookie" not in asked.value.all_headers()
    inside = page.frame_locator("iframe")
    inside.get_by_role("button", name="Go on").click()
    inside.get_by_role("checkbox", name="Rules of Services").check()
    alone = page.context.new_page()
    alone.goto(page.frames[1].url)
    assert_accessible(alone)
    alone.close()
    inside.get_by_role("button", name="Put into my course").click()
    expect(inside.get_by_text("Thank you")).to_be_visible()
