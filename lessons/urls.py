from django.contrib.auth import views as auth
from django.contrib.sitemaps.views import sitemap
from django.urls import path

from lessons import accounts, later_views, playback_views, sitemaps, views
from lessons.bookmarks import offline_views
from lessons.bookmarks import views as bookmark_views
from lessons.certificates import views as certificates
from lessons.experiments import views as experiment_views
from lessons.library import views as library
from lessons.playground import views as playground_views
from lessons.sitemaps import SITEMAPS
from lessons.traces import views as trace_views

urlpatterns = [
    path("robots.txt", sitemaps.robots, name="robots"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("", views.home, name="home"),
    path("courses/<slug:course>/", views.course, name="course"),
    path("courses/<slug:course>/certificate/", certificates.course_certificate, name="course_certificate"),
    path("courses/<slug:course>/<slug:lesson>/", views.lesson, name="lesson"),
    # the scene as the learner's own
    path("courses/<slug:course>/<slug:lesson>/playground/", playground_views.playground_page, name="playground"),
    path("courses/<slug:course>/<slug:lesson>/playground/policies/", playground_views.edit_policies, name="policies"),
    path("courses/<slug:course>/<slug:lesson>/playground/terminal/", playground_views.terminal, name="terminal"),
    path("courses/<slug:course>/<slug:lesson>/playground/scene.yaml", playground_views.manifests, name="manifests"),
    path("simulations/<str:key>/device/", playground_views.device, name="device"),
    path("simulations/<str:key>/playback.json", playback_views.playback_data, name="playback"),
    # experiments
    path("experiments/<int:pk>/predict/", experiment_views.predict, name="predict"),
    path("experiments/<int:pk>/result/", experiment_views.result, name="experiment_result"),
    path("experiments/<int:pk>/retry/", experiment_views.retry, name="experiment_retry"),
    path("experiments/<int:pk>/again/", experiment_views.again, name="experiment_again"),
    path("experiments/<int:pk>/check/", experiment_views.check, name="experiment_check"),
    path("experiments/<int:pk>/outcome/", later_views.experiment_outcome, name="experiment_outcome"),
    path("experiments/<int:pk>/table/", later_views.experiment_table, name="experiment_table"),
    path("experiments/<int:pk>/diagram/", experiment_views.diagram, name="experiment_diagram"),
    # to look things up
    path("glossary/", library.glossary_page, name="glossary"),
    path("myths/", library.myths_page, name="myths"),
    path("search/", library.search_page, name="search"),
    # what learners keep
    path("bookmarks/", bookmark_views.bookmarks_page, name="bookmarks"),
    path("bookmarks/notes.md", bookmark_views.export, name="bookmarks_export"),
    path("bookmarks/<int:pk>/note/", bookmark_views.write, name="bookmark_note"),
    path("bookmarks/<int:pk>/remove/", bookmark_views.remove, name="bookmark_remove"),
    path("bookmarks/<int:pk>/restore/", bookmark_views.restore, name="bookmark_restore"),
    path("courses/<slug:course>/<slug:lesson>/bookmarks/", bookmark_views.add, name="bookmark_add"),
    path("courses/<slug:course>/<slug:lesson>/place/", bookmark_views.remember_place, name="remember_place"),
    # to read without a network
    path("offline/", offline_views.offline_page, name="offline"),
    path("courses/<slug:course>/<slug:lesson>/offline/", offline_views.offline_lesson, name="offline_lesson"),
    path("service-worker.js", offline_views.service_worker, name="service_worker"),
    # trace exercises
    path("traces/<int:pk>/", trace_views.trace, name="trace"),
    path("traces/<int:pk>/cluster/", later_views.trace_cluster, name="trace_cluster"),
    path("traces/<int:pk>/table/", later_views.trace_table, name="trace_table"),
    path("traces/<int:pk>/check/", trace_views.check, name="trace_check"),
    path("traces/<int:pk>/follow/", trace_views.follow, name="trace_follow"),
    path("traces/<int:pk>/again/", trace_views.again, name="trace_again"),
    # certificates
    path("certificates/<slug:code>/", certificates.certificate, name="certificate"),
    path("certificates/<slug:code>/certificate.pdf", certificates.certificate_file, name="certificate_file"),
    # accounts
    path("accounts/signup/", accounts.sign_up, name="signup"),
    path("accounts/login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("accounts/password/", auth.PasswordChangeView.as_view(), name="password_change"),
    path("accounts/password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    # for instructors
    path("preview/markdown/", views.markdown_preview, name="markdown_preview"),
]
