from django.urls import path

from quizzes.me import data_views, views

urlpatterns = [
    path("", views.me, name="me"),
    path("data/", data_views.data, name="my_data"),
    path("data/export/", data_views.export, name="my_data_export"),
    path("data/export/state/", data_views.export_state, name="my_data_export_state"),
    path("data/export/<int:pk>/", data_views.download, name="my_data_download"),
    path("data/delete/", data_views.delete, name="account_delete"),
    path("data/keep/", data_views.keep, name="account_keep"),
    path("data/forget/", data_views.forget, name="guest_forget"),
]
