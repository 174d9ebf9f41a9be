"""What instructors write: courses, their scenes, lessons, experiments and the options to predict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lessons.content import manifests
from lessons.content.action_schema import Action, FaultSpec, Variant
from lessons.content.content_schema import ShowSpec
from lessons.content.schema import ContentError, parse
from lessons.drafts import acts_as_staff
from lessons.runs.scenarios import Scenario


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class CourseQuerySet(models.QuerySet["Course"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> CourseQuerySet:
        """Published courses; staff also see drafts."""
        return self if acts_as_staff(user) else self.filter(status=Status.PUBLISHED)


class Course(models.Model):
    slug = models.SlugField(
        _("slug"), max_length=100, unique=True, help_text=_("The course's address: /courses/<slug>/.")
    )
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("summary"), max_length=2000, help_text=_("One or two sentences for the course list."))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    parts = models.JSONField(
        _("parts"),
        default=list,
        blank=True,
        help_text=_("Groups of lessons: title, summary, and the position of the first lesson."),
    )
    demo = models.JSONField(
        _("demo"),
        null=True,
        blank=True,
        help_text=_("Packets that a visitor of the home page may send: lesson, show, packets."),
    )
    imported_digest = models.CharField(_("imported digest"), max_length=64, blank=True, editable=False)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("course", args=[self.slug])


class Scene(models.Model):
    """A cluster to experiment on: Kubernetes manifests and at most one ClusterNetwork document."""

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.CASCADE, related_name="scenes")
    slug = models.SlugField(_("slug"), max_length=100)
    title = models.CharField(_("title"), max_length=200)
    manifests = models.TextField(
        _("manifests"),
        help_text=_(
            "Kubernetes manifests, separated by lines of three dashes, exactly as `python -m netsim` takes them."
        ),
    )

    class Meta:
        ordering = ["course", "slug"]
        verbose_name = _("scene")
        verbose_name_plural = _("scenes")
        constraints = [models.UniqueConstraint(fields=["course", "slug"], name="scene_slug_in_course")]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """The engine loads the manifests; its error, which names line and key, becomes this field's."""
        try:
            manifests.load(self.manifests, name="scene.yaml")
        except manifests.ManifestError as error:
            raise ValidationError({"manifests": error.messages}) from error


class LessonQuerySet(models.QuerySet["Lesson"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> LessonQuerySet:
        """Published lessons of published courses; staff also see drafts."""
        if acts_as_staff(user):
            return self
        return self.filter(status=Status.PUBLISHED, course__status=Status.PUBLISHED)


class Lesson(models.Model):
    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.CASCADE, related_name="lessons")
    slug = models.SlugField(_("slug"), max_length=100)
    position = models.PositiveIntegerField(
        _("position"), default=0, help_text=_("Lessons are shown in ascending order.")
    )
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("summary"), max_length=2000, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_("Time to work through it."),
    )
    objectives = models.JSONField(_("objectives"), default=list, blank=True)
    body = models.TextField(
        _("body"),
        blank=True,
        max_length=200_000,
        help_text=_("Markdown. A line ::experiment[slug] places an experiment; those not placed come at the end."),
    )
    sources = models.JSONField(_("sources"), default=list, blank=True)
    glossary = models.JSONField(_("glossary"), default=list, blank=True)
    key_points = models.JSONField(
        _("key points"), default=list, blank=True, help_text=_("What to remember: the summary at the end.")
    )
    playground = models.JSONField(
        _("playground"),
        default=dict,
        blank=True,
        help_text=_("What learners may switch in the scene; empty: there is no playground."),
    )
    kubernetes = models.CharField(
        _("Kubernetes"),
        max_length=20,
        blank=True,
        help_text=_("The version that the text was checked against, such as 1.37."),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    scene = models.ForeignKey(
        Scene, verbose_name=_("scene"), on_delete=models.PROTECT, related_name="lessons", null=True, blank=True
    )
    imported_digest = models.CharField(_("imported digest"), max_length=64, blank=True, editable=False)

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["course", "position", "pk"]
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        constraints = [models.UniqueConstraint(fields=["course", "slug"], name="lesson_slug_in_course")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("lesson", args=[self.course.slug, self.slug])

    def clean(self) -> None:
        if self.scene is not None and self.scene.course_id != self.course_id:
            raise ValidationError({"scene": _("This scene belongs to another course.")})


class Experiment(models.Model):
    """A question about one packet in the lesson's scene: predict, send, explain."""

    lesson = models.ForeignKey(Lesson, verbose_name=_("lesson"), on_delete=models.CASCADE, related_name="experiments")
    slug = models.SlugField(_("slug"), max_length=100)
    position = models.PositiveIntegerField(
        _("position"), default=0, help_text=_("Experiments are listed in ascending order.")
    )
    title = models.CharField(_("title"), max_length=200)
    intro = models.TextField(
        _("intro"), blank=True, max_length=20_000, help_text=_("Markdown: what the learner is about to do.")
    )
    changes = models.TextField(
        _("changes"),
        blank=True,
        help_text=_("Manifests that replace the scene's objects of the same kind, namespace and name, or add to them."),
    )
    faults = models.JSONField(
        _("faults"), default=list, blank=True, help_text=_("Named faults of the engine, with their options.")
    )
    action = models.JSONField(
        _("action"), help_text=_("What is done: a packet that is sent, a name that is looked up …")
    )
    compare = models.JSONField(
        _("compare"),
        default=list,
        blank=True,
        help_text=_("Changed clusters in which the same is done, to be seen side by side."),
    )
    show = models.JSONField(
        _("show"), default=dict, blank=True, help_text=_("What the diagram draws; empty: everything.")
    )
    question = models.TextField(
        _("question"), max_length=2000, help_text=_("One or two sentences, Markdown without paragraphs.")
    )
    check_question = models.JSONField(
        _("check"), null=True, blank=True, help_text=_("“What did you see?”: asked after the packet moved.")
    )
    myth = models.JSONField(_("myth"), null=True, blank=True, help_text=_("The claim that this experiment decides."))
    takeaway = models.TextField(
        _("takeaway"), blank=True, max_length=20_000, help_text=_("Markdown, shown after the packet moved.")
    )

    class Meta:
        ordering = ["lesson", "position", "pk"]
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        constraints = [models.UniqueConstraint(fields=["lesson", "slug"], name="experiment_slug_in_lesson")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.lesson.get_absolute_url()}#experiment-{self.slug}"

    @property
    def action_kind(self) -> str:
        """The name of what is done: probe, request, lookup, reach, command or cni."""
        return next(iter(self.action))

    @property
    def outcome_template(self) -> str:
        return f"lessons/outcomes/{self.action_kind}.html"

    def set_options(self, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Makes these the options. One whose text stays is the same row, so predictions keep their option."""
        rows = list(self.options.all())
        for values in wanted:
            row = next((row for row in rows if row.text == values["text"]), None)
            if row:
                rows.remove(row)
            PredictionOption(pk=row.pk if row else None, experiment=self, **values).save()
        self.options.filter(pk__in=[row.pk for row in rows]).delete()

    def scenario(self) -> Scenario:
        """The cluster and the packet of this experiment. Raises ContentError when it has none or is malformed."""
        if self.lesson.scene is None:
            raise ContentError(
                "", (gettext("the lesson has no scene, so there is no cluster to send the packet through."),)
            )
        action = parse(Action, self.action, "action")
        compare = tuple(parse(Variant, variant, "compare") for variant in self.compare)
        for variant in compare:
            action.beside(variant.label, variant.instead)
        return Scenario(
            manifests=self.lesson.scene.manifests,
            changes=(self.changes,) if self.changes.strip() else (),
            action=action,
            show=parse(ShowSpec, self.show, "show"),
            faults=tuple(parse(FaultSpec, fault, "faults") for fault in self.faults),
            compare=compare,
        )


class PredictionOption(models.Model):
    """One answer to predict. Whether it is right is not stored: its condition holds for the exchange, or not."""

    experiment = models.ForeignKey(
        Experiment, verbose_name=_("experiment"), on_delete=models.CASCADE, related_name="options"
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    text = models.CharField(_("text"), max_length=500, help_text=_("Markdown without paragraphs."))
    when: Any = models.JSONField(
        _("when"),
        default=dict,
        help_text=_("Paths into the exchange and the value that each must have, e.g. client_sees: refused."),
    )
    explanation = models.TextField(
        _("explanation"), max_length=5000, help_text=_("Markdown, shown to whoever picked this option.")
    )

    class Meta:
        ordering = ["experiment", "position", "pk"]
        verbose_name = _("option")
        verbose_name_plural = _("options")

    def __str__(self) -> str:
        return self.text
