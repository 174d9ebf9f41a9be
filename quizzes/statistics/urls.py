"""Under the address of a class; those for all learners are in quizzes.urls."""

from django.urls import path

from quizzes.statistics import views

urlpatterns = [
    path("", views.class_overview, name="class_statistics"),
    path("predictions/", views.class_predictions, name="class_prediction_statistics"),
    path("predictions.csv", views.class_predictions_file, name="class_prediction_statistics_csv"),
    path("<int:quiz>/", views.class_quiz, name="class_quiz_statistics"),
    path("<int:quiz>/questions.csv", views.class_quiz_file, name="class_quiz_statistics_csv"),
]
