"""What is stored of classes: who learns a course together, in which role, and how they get in."""

from classes.models.enrolment import Enrolment, Invitation, Role
from classes.models.groups import CourseClass, Section
from classes.models.rosters import RosterUpload

__all__ = ["CourseClass", "Enrolment", "Invitation", "Role", "RosterUpload", "Section"]
