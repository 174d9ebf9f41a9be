"""What the engine made, stored under the hash of what it was asked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SimulationRun(models.Model):
    """One request to the engine and its result. The key is the content's hash, so equal requests share a run."""

    class Kind(models.TextChoices):
        DIAGRAM = "diagram", _("Diagram")
        TRACE = "trace", _("Trace")
        STAGE = "stage", _("Stage")
        INSPECT = "inspect", _("Inspect")
        MATRIX = "matrix", _("Matrix")
        TERMINAL = "terminal", _("Terminal")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    key = models.CharField(_("key"), max_length=64, primary_key=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    request = models.JSONField(_("request"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    token = models.CharField(
        _("token"), max_length=32, blank=True, help_text=_("Whoever claimed the run last may finish it.")
    )
    result = models.JSONField(_("result"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True, help_text=_("Why it failed, for people."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    enqueued_at = models.DateTimeField(
        _("enqueued"), help_text=_("When it was last sent, or meant to be sent, to a worker.")
    )
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("simulation run")
        verbose_name_plural = _("simulation runs")
        indexes = [models.Index(fields=["state", "enqueued_at"], name="unfinished_runs")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key[:12]}"

    @property
    def is_finished(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)
