from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out
from django.utils.module_loading import import_string


class ClassesConfig(AppConfig):
    name = "classes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        user_logged_out.connect(import_string("classes.viewing.end_at_logout"), dispatch_uid="classes.viewing")
