from django.apps import AppConfig
from django.utils.module_loading import import_string

from lessons import signals
from quizzes.signals import grade_changed


class QuizzesConfig(AppConfig):
    name = "quizzes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        signals.lesson_imported.connect(import_string("quizzes.importing.import_quiz"), dispatch_uid="quizzes.import")
        signals.course_completion_asked.connect(
            import_string("quizzes.completion.requirements"), dispatch_uid="quizzes.completion"
        )
        signals.learner_merged.connect(import_string("quizzes.attempts.merge"), dispatch_uid="quizzes.merge")
        grade_changed.connect(import_string("quizzes.review.practice.learn_from_quiz"), dispatch_uid="quizzes.review")
