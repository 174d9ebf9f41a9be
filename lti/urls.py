from django.urls import path

from lti import views

urlpatterns = [
    path("", views.setup, name="lti_setup"),
    path("jwks.json", views.jwks, name="lti_jwks"),
    path("login/", views.login, name="lti_login"),
    path("launch/", views.launch, name="lti_launch"),
    path("enter/<str:state>/", views.enter, name="lti_enter"),
    path("select/", views.setup, name="lti_select_content"),
    path("select/<str:token>/", views.select, name="lti_select"),
    path("scores/<int:pk>/", views.score, name="lti_score"),
    path("scores/<int:pk>/resend/", views.resend, name="lti_resend"),
]
