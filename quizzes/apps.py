from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy

from classes.signals import class_page_asked, due_asked, person_page_asked, time_granted
from lessons import signals
from quizzes.signals import grade_changed


class QuizzesConfig(AppConfig):
    name = "quizzes"
    verbose_name = gettext_lazy("Quizzes")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        pre_migrate.connect(
            import_string("quizzes.grading.append_only.release"),
            sender=self,
            dispatch_uid="quizzes.append_only",
        )
        post_migrate.connect(
            import_string("quizzes.grading.append_only.protect"),
            sender=self,
            dispatch_uid="quizzes.append_only",
        )
        user_logged_in.connect(import_string("quizzes.me.deleting.keep_at_login"), dispatch_uid="quizzes.keep_account")
        signals.lesson_imported.connect(
            import_string("quizzes.content.importing.import_quiz"), dispatch_uid="quizzes.import"
        )
        signals.course_completion_asked.connect(
            import_string("quizzes.completion.requirements"), dispatch_uid="quizzes.completion"
        )
        signals.learner_merged.connect(import_string("quizzes.attempts.taking.merge"), dispatch_uid="quizzes.merge")
        signals.learner_merged.connect(import_string("quizzes.reports.reporting.merge"), dispatch_uid="quizzes.reports")
        entries = "quizzes.gradebook.entries"
        class_page_asked.connect(import_string(f"{entries}.class_entries"), dispatch_uid="quizzes.gradebook.class")
        person_page_asked.connect(import_string(f"{entries}.person_entries"), dispatch_uid="quizzes.gradebook.person")
        time_granted.connect(import_string("quizzes.regrading.relieving.receive"), dispatch_uid="quizzes.time_granted")
        due_asked.connect(import_string(f"{entries}.due"), dispatch_uid="quizzes.gradebook.due")
        class_page_asked.connect(
            import_string("quizzes.reports.reporting.class_entries"), dispatch_uid="quizzes.reports.entries"
        )
        class_page_asked.connect(
            import_string("quizzes.oversight.ungraded.class_entries"), dispatch_uid="quizzes.ungraded.entries"
        )
        signals.learner_merged.connect(import_string("quizzes.review.practice.merge"), dispatch_uid="quizzes.practice")
        grade_changed.connect(import_string("quizzes.review.practice.learn_from_quiz"), dispatch_uid="quizzes.review")
        class_page_asked.connect(
            import_string("quizzes.statistics.entries.class_entries"), dispatch_uid="quizzes.statistics.entries"
        )
