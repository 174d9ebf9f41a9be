"""Who is in a class, as what, and who is asked to come."""

from __future__ import annotations

import secrets
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from classes.models.groups import CourseClass, Section
from lessons.models import Learner

TIME_FACTORS = [MinValueValidator(Decimal(1)), MaxValueValidator(Decimal(10))]


class Role(models.TextChoices):
    """Each may do what the ones before may: learn; see the class and its work, and answer; change it."""

    LEARNER = "learner", _("Learner")
    ASSISTANT = "assistant", _("Assistant")
    INSTRUCTOR = "instructor", _("Instructor")


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def people(self) -> EnrolmentQuerySet:
        """Without the stand-ins through whom staff look at the class: what those do never counts."""
        return self.filter(learner__stand_in_of=None)

    def active(self) -> EnrolmentQuerySet:
        """Those who have not left, stand-ins included."""
        return self.filter(left_at=None)


class Enrolment(models.Model):
    """One person in one class. Who leaves stays on record, with their work.

    A stand-in (see classes.viewing) is enrolled as well while somebody looks through it, so that the class's rules hold
    for it; `Enrolment.objects.people()` leaves it out.
    """

    course_class = models.ForeignKey(
        CourseClass, verbose_name=_("class"), on_delete=models.CASCADE, related_name="enrolments"
    )
    learner = models.ForeignKey(Learner, verbose_name=_("learner"), on_delete=models.CASCADE, related_name="enrolments")
    section = models.ForeignKey(
        Section, verbose_name=_("section"), on_delete=models.SET_NULL, related_name="enrolments", null=True, blank=True
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.LEARNER)
    time_factor = models.DecimalField(
        _("time factor"),
        max_digits=4,
        decimal_places=2,
        default=Decimal(1),
        validators=TIME_FACTORS,
        help_text=_("Extra time: every time limit is multiplied by it, and the closing waits for it."),
    )
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)
    removed = models.BooleanField(
        _("removed"), default=False, help_text=_("Somebody else took them out: the code does not let them in again.")
    )

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["course_class", "learner"]
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [models.UniqueConstraint(fields=["course_class", "learner"], name="one_enrolment_each_class")]

    def __str__(self) -> str:
        return _("{learner} in {course_class}").format(learner=self.learner, course_class=self.course_class)

    @property
    def name(self) -> str:
        """What the person is called: their full name, else their user name."""
        return self.learner.name


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Invitation(models.Model):
    """A link for one person. It works once."""

    course_class = models.ForeignKey(
        CourseClass, verbose_name=_("class"), on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    section = models.ForeignKey(
        Section, verbose_name=_("section"), on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.LEARNER)
    time_factor = models.DecimalField(
        _("time factor"), max_digits=4, decimal_places=2, default=Decimal(1), validators=TIME_FACTORS
    )
    token = models.CharField(_("token"), max_length=40, unique=True, default=new_token, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("created by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    sent_at = models.DateTimeField(
        _("sent"), null=True, blank=True, help_text=_("When its e-mail was handed over; empty: not yet.")
    )
    mail_problem = models.CharField(
        _("mail problem"), max_length=500, blank=True, help_text=_("Why its e-mail could not be sent.")
    )
    accepted_by = models.ForeignKey(
        Enrolment,
        verbose_name=_("accepted by"),
        on_delete=models.SET_NULL,
        related_name="invitations",
        null=True,
        blank=True,
    )
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    class Meta:
        ordering = ["course_class", "-created_at"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.email or self.name or _("Invitation to {course_class}").format(course_class=self.course_class)
