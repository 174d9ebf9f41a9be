"""axe-core finds nothing against WCAG 2.2 AA on the pages where instructors work, in both themes.

axe's "best practices" beyond WCAG are left out: the tables of Django's own admin templates have an empty heading.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from lessons import versions
from lessons.models import Lesson
from tests.browser.signing_in import sign_in
from tests.conftest import WCAG_RULES
from tests.lessons.factories import make_experiment, make_instructor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = {
    "index": "/admin/",
    "lessons": "/admin/lessons/lesson/",
    "lesson": "/admin/lessons/lesson/{lesson}/change/",
    "history of a lesson": "/admin/lessons/lesson/{lesson}/history/",
    "scene": "/admin/lessons/scene/{scene}/change/",
    "experiment": "/admin/lessons/experiment/{experiment}/change/",
    "new question": "/admin/quizzes/question/add/",
    "new quiz": "/admin/quizzes/quiz/add/",
}


@pytest.fixture(autouse=True)
def fail_on_console_errors() -> None:
    """axe itself sets inline styles on these pages, which the policy blocks; test_instructor_journey.py has no axe."""


@pytest.fixture
def signed_in(live_app: str, page: Page) -> Page:
    sign_in(page, live_app, make_instructor())
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_an_instructors_page_has_no_violations(
    signed_in: Page, live_app: str, assert_accessible: Callable[..., None], path: str, theme: str
) -> None:
    experiment = make_experiment()
    lesson = experiment.lesson
    versions.keep(lesson, None)
    Lesson.objects.update(summary="Another one than in the history.")
    signed_in.emulate_media(color_scheme=theme)
    signed_in.goto(live_app + path.format(lesson=lesson.pk, scene=lesson.scene_id, experiment=experiment.pk))
    signed_in.wait_for_timeout(500)
    assert_accessible(signed_in, WCAG_RULES)
