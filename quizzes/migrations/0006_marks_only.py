from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0005_results_become_marks")]

    operations = [
        migrations.RemoveField(model_name="grade", name="results"),
        migrations.RemoveField(model_name="quiz", name="max_attempts"),
        migrations.AlterField(
            model_name="grade",
            name="raw_score",
            field=models.DecimalField(decimal_places=2, max_digits=7),
        ),
    ]
