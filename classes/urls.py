from django.urls import path

from classes.views import joining, overview, viewing

urlpatterns = [
    path("", overview.class_list, name="classes"),
    path("new/", overview.create, name="class_create"),
    path("join/", joining.join, name="class_join"),
    path("<int:pk>/", overview.class_page, name="class"),
    path("<int:pk>/leave/", joining.leave, name="class_leave"),
    # looking at it as a learner
    path("<int:pk>/view-as-learner/", viewing.begin, name="view_as_learner"),
    path("view-as-learner/start-over/", viewing.start_over, name="view_as_start_over"),
    path("view-as-learner/stop/", viewing.stop, name="view_as_stop"),
]
