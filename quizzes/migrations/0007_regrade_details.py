import django.db.models.deletion
from django.db import migrations, models

EFFECTS = [
    ("same", "Stays as it is"),
    ("up", "Goes up"),
    ("down", "Goes down"),
    ("kept", "Would go down, and is kept"),
    ("failed", "Cannot be graded again"),
]


class Migration(migrations.Migration):
    """No release had regrades yet, so there are no rows to keep."""

    dependencies = [("quizzes", "0006_marks_only")]

    operations = [
        migrations.DeleteModel(name="RegradeChange"),
        migrations.RemoveField(model_name="regrade", name="done"),
        migrations.RemoveField(model_name="regrade", name="total"),
        migrations.AddField(
            model_name="regrade",
            name="digest",
            field=models.CharField(
                help_text="SHA-256 of the questions that it graded with.", max_length=64, default=""
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="regrade",
            name="heartbeat_at",
            field=models.DateTimeField(help_text="When a worker last got on with it.", null=True),
        ),
        migrations.AddField(
            model_name="regrade",
            name="treatments",
            field=models.JSONField(
                default=dict,
                help_text="Slugs of questions that do not hold: full (everyone has the points) or drop.",
            ),
        ),
        migrations.CreateModel(
            name="RegradeChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("effect", models.CharField(choices=EFFECTS, max_length=10)),
                ("new_score", models.DecimalField(decimal_places=2, max_digits=7)),
                ("new_max_score", models.DecimalField(decimal_places=2, max_digits=7)),
                ("results", models.JSONField(default=list)),
                (
                    "problems",
                    models.JSONField(default=list, help_text="Sentences, each with the question's slug."),
                ),
                ("applied_at", models.DateTimeField(null=True)),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="regrade_changes",
                        to="quizzes.attempt",
                    ),
                ),
                (
                    "grade",
                    models.ForeignKey(
                        help_text="The attempt's grade when compared.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="quizzes.grade",
                    ),
                ),
                (
                    "regrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="quizzes.regrade"
                    ),
                ),
            ],
            options={"ordering": ["regrade", "attempt"]},
        ),
        migrations.AddConstraint(
            model_name="regradechange",
            constraint=models.UniqueConstraint(fields=("regrade", "attempt"), name="one_change_each_attempt"),
        ),
    ]
