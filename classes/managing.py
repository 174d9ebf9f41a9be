"""Classes themselves: made, renamed, archived; their codes and sections."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from classes.enrolling import EnrolmentError, enrol
from classes.models import CourseClass, Role, Section
from classes.models.groups import new_code
from classes.permissions import User
from lessons.learners import learner_of
from lessons.models import Course


@transaction.atomic
def create_class(user: User, course: Course, title: str) -> CourseClass:
    """The user becomes its first instructor."""
    course_class = CourseClass.objects.create(course=course, title=title)
    enrol(course_class, learner_of(user), role=Role.INSTRUCTOR)
    return course_class


def change(course_class: CourseClass, **values: object) -> None:
    for name, value in values.items():
        setattr(course_class, name, value)
    course_class.save(update_fields=[*values])


def rotate_code(course_class: CourseClass) -> None:
    """From now on only the new code lets people in; who is in stays."""
    course_class.code, course_class.code_enabled = new_code(), True
    course_class.save(update_fields=["code", "code_enabled"])


def archive(course_class: CourseClass) -> None:
    if course_class.archived_at is None:
        course_class.archived_at = timezone.now()
        course_class.save(update_fields=["archived_at"])


def unarchive(course_class: CourseClass) -> None:
    course_class.archived_at = None
    course_class.save(update_fields=["archived_at"])


def add_section(course_class: CourseClass, name: str) -> Section:
    """Raises EnrolmentError where the class has a section of that name."""
    section, created = Section.objects.get_or_create(course_class=course_class, name=name)
    if not created:
        raise EnrolmentError(_("There is a section “%s” already.") % name)
    return section


def rename_section(section: Section, name: str) -> None:
    section.name = name
    try:
        with transaction.atomic():
            section.save(update_fields=["name"])
    except IntegrityError as error:
        raise EnrolmentError(_("There is a section “%s” already.") % name) from error


def delete_section(section: Section) -> int:
    """Its people stay in the class, without a section. Returns how many they are."""
    people = section.enrolments.count()
    section.delete()
    return people


def counted_sections(course_class: CourseClass) -> list[Section]:
    """Each with `people`: how many are in it now."""
    inside = Q(enrolments__left_at=None, enrolments__learner__stand_in_of=None)
    return list(course_class.sections.annotate(people=Count("enrolments", inside)))
