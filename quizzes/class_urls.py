"""The pages about one class, below /classes/."""

from django.urls import include, path

from quizzes.assigning import views as assigning
from quizzes.gradebook.views import learner, table, uploads

urlpatterns = [
    path("<int:pk>/assignments/", assigning.assignments, name="class_assignments"),
    path("<int:pk>/assignments/rest/", assigning.assign_rest, name="class_assign_rest"),
    path("<int:pk>/assignments/take-over/", assigning.take_over, name="class_assignments_take_over"),
    path("<int:pk>/assignments/shift/", assigning.shift, name="class_assignments_shift"),
    path("<int:pk>/assignments/undo/", assigning.undo_last, name="class_assignments_undo"),
    path("<int:pk>/assignments/<int:assignment>/", assigning.assignment, name="class_assignment"),
    path("<int:pk>/assignments/<int:assignment>/remove/", assigning.remove, name="class_assignment_remove"),
    path("<int:pk>/extensions/new/", assigning.extension, name="class_extension"),
    path("<int:pk>/extensions/<int:extension>/take-back/", assigning.take_back, name="class_extension_take_back"),
    # who stands where
    path("<int:pk>/gradebook/", table.gradebook, name="class_gradebook"),
    path("<int:pk>/gradebook/objectives/", table.objectives, name="class_objectives"),
    path("<int:pk>/gradebook/table.csv", table.table_file, name="class_gradebook_file"),
    path("<int:pk>/gradebook/grades.csv", table.grades_file, name="class_grades_file"),
    path("<int:pk>/gradebook/learners/<int:enrolment>/", learner.learner, name="class_learner"),
    path("<int:pk>/gradebook/attempts/<int:attempt>/", learner.attempt, name="class_attempt"),
    path("<int:pk>/statistics/", include("quizzes.statistics.urls")),
    # grades from a file
    path("<int:pk>/gradebook/upload/", uploads.upload, name="class_grades_upload"),
    path("<int:pk>/gradebook/upload/apply/", uploads.apply, name="class_grades_apply"),
    path("<int:pk>/gradebook/upload/undo/", uploads.undo, name="class_grades_undo"),
]
