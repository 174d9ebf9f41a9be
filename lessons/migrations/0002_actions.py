"""Experiments do more than send a packet, and lessons end with what to remember."""

from django.db import migrations, models


def packet_to_action(apps, schema_editor):
    for experiment in apps.get_model("lessons", "Experiment").objects.all():
        experiment.action = {"probe": experiment.action}
        experiment.save(update_fields=["action"])


def action_to_packet(apps, schema_editor):
    for experiment in apps.get_model("lessons", "Experiment").objects.all():
        experiment.action = experiment.action.get("probe", {})
        experiment.save(update_fields=["action"])


class Migration(migrations.Migration):
    dependencies = [("lessons", "0001_initial")]

    operations = [
        migrations.RenameField("experiment", "probe", "action"),
        migrations.AlterField(
            "experiment",
            "action",
            models.JSONField(help_text="What is done: a packet that is sent, a name that is looked up …"),
        ),
        migrations.AddField(
            "experiment",
            "faults",
            models.JSONField(blank=True, default=list, help_text="Named faults of the engine, with their options."),
        ),
        migrations.AddField(
            "experiment",
            "compare",
            models.JSONField(
                blank=True,
                default=list,
                help_text="Changed clusters in which the same is done, to be seen side by side.",
            ),
        ),
        migrations.AddField(
            "experiment",
            "check_question",
            models.JSONField(blank=True, help_text="“What did you see?”: asked after the packet moved.", null=True),
        ),
        migrations.AddField(
            "experiment",
            "myth",
            models.JSONField(blank=True, help_text="The claim that this experiment decides.", null=True),
        ),
        migrations.AddField(
            "lesson",
            "key_points",
            models.JSONField(blank=True, default=list, help_text="What to remember: the summary at the end."),
        ),
        migrations.AddField(
            "lesson",
            "kubernetes",
            models.CharField(
                blank=True,
                help_text="The version that the text was checked against, such as 1.37.",
                max_length=20,
            ),
        ),
        migrations.RunPython(packet_to_action, action_to_packet),
    ]
