"""Statistics of a small class, worked out by hand.

Six learners take a quiz of sees (1 point), true (2) and source (1). Two have everything right, two only `sees`, two
nothing: the wrong answer to `true` earns nothing. Facility is 4/6 for `sees` and 2/6 for the others; scores are 1, 1,
1/4, 1/4, 0, 0, their mean 5/12, their median 1/4.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classes.models import CourseClass, Role, Section
from lessons.models import Learner
from quizzes.models import Attempt, Quiz
from quizzes.regrading.comparing import DROP
from quizzes.statistics import files
from quizzes.statistics.first_attempts import seconds_of
from quizzes.statistics.items import ItemStatistics, QuizStatistics, quiz_statistics
from quizzes.statistics.overview import overview, weeks_of
from quizzes.statistics.scopes import Scope
from tests.lessons.factories import make_user
from tests.quizzes.regrading.setting import applied
from tests.quizzes.statistics.first_tries import SLUGS, enter, make_quiz_and_class, take

pytestmark = pytest.mark.django_db
NOW = timezone.now()
Tried = tuple[Quiz, CourseClass]


@pytest.fixture
def tried() -> Tried:
    quiz, course_class = make_quiz_and_class()
    for right in (SLUGS, SLUGS, ("sees",), ("sees",), (), ()):
        take(quiz, enter(course_class), right)
    return quiz, course_class


def found(tried: Tried, section: Section | None = None) -> QuizStatistics:
    quiz, course_class = tried
    return quiz_statistics(Scope(course_class.course, course_class, section), quiz)


def item(tried: Tried, slug: str) -> ItemStatistics:
    return next(each for each in found(tried).items if each.slug == slug)


@pytest.mark.parametrize(("slug", "facility", "right"), [("sees", 4 / 6, 4), ("true", 2 / 6, 2), ("source", 2 / 6, 2)])
def test_facility_is_the_mean_fraction_of_the_points(tried: Tried, slug: str, facility: float, right: int) -> None:
    assert (item(tried, slug).facility, item(tried, slug).right) == (pytest.approx(facility), right)


def test_scores_are_fractions_of_all_points(tried: Tried) -> None:
    assert sorted(found(tried).scores) == [0, 0, 0.25, 0.25, 1, 1]
    assert found(tried).mean == pytest.approx(5 / 12)
    assert found(tried).median == pytest.approx(1 / 4)


def test_each_option_is_counted_also_one_that_nobody_chose(tried: Tried) -> None:
    counts = {choice.text: (choice.count, choice.right) for choice in item(tried, "sees").choices}
    assert counts == {"A connection": (4, True), "A refusal": (2, False), "A timeout": (0, False)}


def test_a_known_mistake_is_counted_by_its_value(tried: Tried) -> None:
    counts = {choice.text: choice.count for choice in item(tried, "source").choices}
    assert counts == {"`10.244.1.2`": 2, "`10.244.1.1`": 4}


def test_a_question_that_a_regrade_dropped_is_left_out(tried: Tried) -> None:
    applied(tried[0], make_user("ada"), treatments={"true": DROP}, may_lower=True)
    assert {each.slug for each in found(tried).items} == {"sees", "source"}
    assert sorted(found(tried).scores) == [0, 0, 0.5, 0.5, 1, 1]


def test_a_second_attempt_changes_nothing(tried: Tried) -> None:
    before = found(tried)
    quiz, course_class = tried
    for enrolment in course_class.enrolments.all():
        take(quiz, enrolment.learner, SLUGS)
    assert found(tried).scores == before.scores


def test_a_first_attempt_without_a_grade_is_not_replaced_by_the_second(tried: Tried) -> None:
    quiz, course_class = tried
    learner = course_class.enrolments.all()[0].learner
    take(quiz, learner, SLUGS)
    Attempt.objects.filter(learner=learner, number=1).update(state=Attempt.State.FAILED)
    assert found(tried).count == 5


@pytest.mark.parametrize("who", ["an assistant", "a stand-in", "somebody of another class"])
def test_only_the_learners_of_the_class_count(tried: Tried, who: str) -> None:
    quiz, course_class = tried
    if who == "a stand-in":
        stand_in = Learner.objects.create(stand_in_of=User.objects.create_user("ada"))
        take(quiz, enter(course_class, stand_in), SLUGS)
    elif who == "an assistant":
        attempt = take(quiz, learner := enter(course_class), SLUGS)
        learner.enrolments.filter(pk=attempt.enrolment_id).update(role=Role.ASSISTANT)
    else:
        take(quiz, Learner.objects.create(), SLUGS)
    assert found(tried).count == 6


def test_a_section_is_a_part_of_the_class(tried: Tried) -> None:
    section = Section.objects.create(course_class=tried[1], name="Morning")
    for enrolment in tried[1].enrolments.all()[:2]:
        enrolment.section = section
        enrolment.save()
    assert found(tried, section).scores == (1, 1)


def test_everybody_is_in_the_statistics_of_all_learners(tried: Tried) -> None:
    take(tried[0], Learner.objects.create(), ())
    assert quiz_statistics(Scope(tried[1].course), tried[0]).count == 7


def test_too_few_to_correlate_leave_discrimination_open(tried: Tried) -> None:
    assert item(tried, "sees").discrimination is None


def test_seconds_run_from_the_save_before_in_the_order_of_saving() -> None:
    saves = [
        (1, 7, NOW + timedelta(seconds=50), NOW),
        (2, 7, NOW + timedelta(seconds=20), NOW),
        (3, 7, None, NOW),
        (4, 8, NOW + timedelta(seconds=5), NOW),
    ]
    assert seconds_of(saves) == {2: 20, 1: 30, 4: 5}


def test_weeks_without_attempts_are_there_between_others() -> None:
    monday = NOW.date() - timedelta(days=NOW.weekday())
    weeks = weeks_of([(monday, 0.5), (monday + timedelta(days=6), 1.0), (monday + timedelta(days=14), 0.0)])
    assert [(week.count, week.mean) for week in weeks] == [(2, 0.75), (0, None), (1, 0.0)]


def test_the_overview_counts_who_passed_at_once(tried: Tried) -> None:
    (summary,) = overview(Scope(tried[1].course, tried[1])).quizzes
    assert (summary.count, summary.passed) == (6, 2)


def test_queries_do_not_grow_with_the_class(tried: Tried) -> None:
    with CaptureQueriesContext(connection) as before:
        found(tried)
    for _ in range(3):
        take(tried[0], enter(tried[1]), ())
    with CaptureQueriesContext(connection) as after:
        assert found(tried).count == 9
    assert len(before) == len(after) <= 4


def test_the_file_has_a_row_for_each_question_and_each_answer(tried: Tried) -> None:
    lines = files.items_csv(found(tried)).splitlines()
    assert lines[0].startswith("question,kind,what,text,right,first_attempts,count,share,facility")
    assert any(re.fullmatch(r"sees,single_choice,question,.*,6,4,0.667,0.667,.*", line) for line in lines)
    assert "sees,single_choice,answer,A timeout,no,6,0,0.0,,,,,," in lines


def test_the_file_says_nothing_of_a_question_with_few_answers(tried: Tried) -> None:
    Attempt.objects.filter(pk__in=Attempt.objects.values("pk")[:2]).update(state=Attempt.State.FAILED)
    assert "answer," not in files.items_csv(found(tried))
