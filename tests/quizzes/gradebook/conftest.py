"""A class with one learner, for every test of the gradebook that does not make its own."""

from __future__ import annotations

import pytest

from classes.models import CourseClass, Enrolment
from tests.classes.factories import make_class, put_in


@pytest.fixture
def course_class(db: None) -> CourseClass:
    return make_class()


@pytest.fixture
def ana(course_class: CourseClass) -> Enrolment:
    return put_in(course_class, "ana")
