"""Classes in the admin, for whoever looks after the whole site. Instructors work on the pages of their classes."""

from classes.admin.classes import CourseClassAdmin
from classes.admin.people import EnrolmentAdmin, InvitationAdmin

__all__ = ["CourseClassAdmin", "EnrolmentAdmin", "InvitationAdmin"]
