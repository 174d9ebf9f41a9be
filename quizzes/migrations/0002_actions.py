"""The scenario of a stored question names its action, its faults and its list of changes."""

from django.db import migrations


def to_actions(apps, schema_editor):
    for revision in apps.get_model("quizzes", "QuestionRevision").objects.exclude(scenario=None):
        old = revision.scenario
        revision.scenario = {
            "manifests": old["manifests"],
            "changes": [old["changes"]] if old["changes"].strip() else [],
            "faults": [],
            "show": old["show"],
            "action": {"probe": old["probe"]},
            "compare": [],
        }
        revision.save(update_fields=["scenario"])


def to_packets(apps, schema_editor):
    for revision in apps.get_model("quizzes", "QuestionRevision").objects.exclude(scenario=None):
        new = revision.scenario
        revision.scenario = {
            "manifests": new["manifests"],
            "changes": "\n---\n".join(new["changes"]),
            "show": new["show"],
            "probe": new["action"].get("probe", {}),
        }
        revision.save(update_fields=["scenario"])


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0001_initial")]

    operations = [migrations.RunPython(to_actions, to_packets)]
