from django.apps import AppConfig
from django.contrib.auth import get_user_model
from django.db.models.signals import pre_delete
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy

from quizzes.signals import grade_changed, personal_rows_asked


class LtiConfig(AppConfig):
    name = "lti"
    verbose_name = gettext_lazy("LTI scores")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        grade_changed.connect(import_string("lti.scores.note_grade"), dispatch_uid="lti.scores")
        pre_delete.connect(
            import_string("lti.accounts.forget"), sender=get_user_model(), dispatch_uid="lti.forget_account"
        )
        personal_rows_asked.connect(import_string("lti.accounts.known_as"), dispatch_uid="lti.personal_rows")
