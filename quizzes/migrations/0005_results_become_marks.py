"""Each result of a grade becomes a mark; each limit of a quiz becomes a policy."""

from django.db import migrations
from django.db.models import F


def marks_from_results(apps, schema_editor):
    grades, marks = apps.get_model("quizzes", "Grade").objects, apps.get_model("quizzes", "Mark")
    grades.update(raw_score=F("score"))
    for grade in grades.iterator():
        answers = apps.get_model("quizzes", "Answer").objects.filter(attempt_id=grade.attempt_id).order_by("position")
        marks.objects.bulk_create(
            marks(
                grade=grade,
                answer=answer,
                points=result["points"],
                earned=result["earned"],
                verdict=result["verdict"],
                result=result,
            )
            for answer, result in zip(answers, grade.results, strict=True)
        )


def policies_from_limits(apps, schema_editor):
    policies = apps.get_model("quizzes", "Policy").objects
    for quiz in apps.get_model("quizzes", "Quiz").objects.exclude(max_attempts=None):
        name = "One attempt" if quiz.max_attempts == 1 else f"{quiz.max_attempts} attempts"
        quiz.policy, _ = policies.get_or_create(name=name, defaults={"max_attempts": quiz.max_attempts})
        quiz.save(update_fields=["policy"])


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0004_classes_policies_and_marks")]

    operations = [
        migrations.RunPython(marks_from_results, migrations.RunPython.noop),
        migrations.RunPython(policies_from_limits, migrations.RunPython.noop),
    ]
