from django.urls import path

from quizzes.attempts import views, watch_views
from quizzes.oversight import views as oversight_views
from quizzes.regrading import views as regrade_views
from quizzes.reports import views as report_views
from quizzes.review import views as review_views
from quizzes.statistics import views as statistics_views

urlpatterns = [
    path("attempts/<int:pk>/", views.attempt, name="quiz_attempt"),
    path("attempts/<int:pk>/answers/<slug:slug>/", views.save_answer, name="quiz_save_answer"),
    path("attempts/<int:pk>/save/", views.save, name="quiz_save"),
    path("attempts/<int:pk>/submit/", views.submit, name="quiz_submit"),
    path("attempts/<int:pk>/result/", views.result, name="quiz_result"),
    path("attempts/<int:pk>/retry/", views.retry, name="quiz_retry"),
    path("attempts/<int:pk>/<slug:slug>/packets/<int:number>/", watch_views.watch, name="quiz_watch"),
    path("attempts/<int:pk>/<slug:slug>/report/", report_views.report, name="quiz_report"),
    path("reports/", report_views.reports, name="quiz_reports"),
    path("reports/<int:pk>/", report_views.reply, name="quiz_report_reply"),
    # practice
    path("practice/", review_views.practice_page, name="practice"),
    path("practice/due/", review_views.ask_due, name="practice_due"),
    path("practice/<int:pk>/", review_views.question, name="practice_question"),
    path("practice/<int:pk>/answer/", review_views.answer, name="practice_answer"),
    path("practice/<int:pk>/retry/", review_views.retry, name="practice_retry"),
    path("practice/<int:pk>/packets/<int:number>/", review_views.watch, name="practice_watch"),
    path("practice/<int:pk>/report/", report_views.report_practiced, name="practice_report"),
    path("practice/lessons/<int:lesson>/<int:objective>/", review_views.ask, name="practice_objective"),
    # for instructors
    path("grading/", oversight_views.grading, name="grading"),
    path("grading/attempts/<int:pk>/", oversight_views.attempt, name="grading_attempt"),
    path("grading/quizzes/<int:pk>/regrade/", regrade_views.ask, name="regrade_ask"),
    path("grading/regrades/<int:pk>/", regrade_views.regrade, name="regrade"),
    path("grading/regrades/<int:pk>/apply/", regrade_views.apply, name="regrade_apply"),
    path("grading/regrades/<int:pk>/cancel/", regrade_views.cancel, name="regrade_cancel"),
    path("grading/regrades/<int:pk>/again/", regrade_views.again, name="regrade_again"),
    path("grading/regrades/<int:pk>/undo/", regrade_views.undo, name="regrade_undo"),
    path("grading/regrades/<int:pk>/changes.csv", regrade_views.changes, name="regrade_csv"),
    path("grading/quizzes/<int:pk>/statistics/", statistics_views.everybody, name="quiz_statistics"),
    path("grading/quizzes/<int:pk>/questions.csv", statistics_views.everybody_file, name="quiz_statistics_csv"),
    path("<slug:course>/<slug:lesson>/", views.quiz, name="quiz"),
    path("<slug:course>/<slug:lesson>/start/", views.start, name="quiz_start"),
]
