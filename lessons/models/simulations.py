"""What the engine made, stored under the hash of what it was asked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy


class SimulationRun(models.Model):
    """One request to the engine and its result. The key is the content's hash, so equal requests share a run."""

    class Kind(models.TextChoices):
        DIAGRAM = "diagram", gettext_lazy("Diagram")
        TRACE = "trace", gettext_lazy("Trace")
        STAGE = "stage", gettext_lazy("Stage")
        INSPECT = "inspect", gettext_lazy("Inspect")
        MATRIX = "matrix", gettext_lazy("Matrix")
        TERMINAL = "terminal", gettext_lazy("Terminal")

    class State(models.TextChoices):
        QUEUED = "queued", gettext_lazy("Queued")
        RUNNING = "running", gettext_lazy("Running")
        DONE = "done", gettext_lazy("Done")
        FAILED = "failed", gettext_lazy("Failed")

    key = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    request = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    token = models.CharField(
        max_length=32, blank=True, help_text=gettext_lazy("Whoever claimed the run last may finish it.")
    )
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True, help_text=gettext_lazy("Why it failed, for people."))
    created_at = models.DateTimeField(auto_now_add=True)
    enqueued_at = models.DateTimeField(
        help_text=gettext_lazy("When it was last sent, or meant to be sent, to a worker.")
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "enqueued_at"], name="unfinished_runs")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:12]}"

    @property
    def is_finished(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)
