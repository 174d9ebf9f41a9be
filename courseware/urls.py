from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from courseware import health

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
    path("classes/", include("classes.urls")),
    path("classes/", include("quizzes.class_urls")),
    path("quizzes/", include("quizzes.urls")),
    path("me/", include("quizzes.me.urls")),
    path("lti/", include("lti.urls")),
    path("", include("lessons.urls")),
]
