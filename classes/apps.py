from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy


class ClassesConfig(AppConfig):
    name = "classes"
    verbose_name = gettext_lazy("Classes")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        user_logged_out.connect(import_string("classes.viewing.end_at_logout"), dispatch_uid="classes.viewing")
