from django.urls import path

from quizzes.me import views

urlpatterns = [path("", views.me, name="me")]
