from django.urls import path

from classes.views import invitations, joining, overview, people, rosters, settings, viewing

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
    # who is in it
    path("<int:pk>/people/", people.people, name="class_people"),
    path("<int:pk>/people.csv", people.people_file, name="class_people_file"),
    path("<int:pk>/people/move/", people.move, name="class_people_move"),
    path("<int:pk>/people/<int:enrolment>/", people.person, name="class_person"),
    path("<int:pk>/people/<int:enrolment>/remove/", people.remove, name="class_person_remove"),
    path("<int:pk>/people/<int:enrolment>/bring-back/", people.bring_back, name="class_person_bring_back"),
    # many at once
    path("<int:pk>/roster/", rosters.upload, name="class_roster"),
    path("<int:pk>/roster/<int:upload>/", rosters.review, name="class_roster_upload"),
    path("<int:pk>/roster/<int:upload>/apply/", rosters.apply, name="class_roster_apply"),
    path("<int:pk>/roster/<int:upload>/discard/", rosters.discard, name="class_roster_discard"),
    path("<int:pk>/roster/<int:upload>/left-out.csv", rosters.left_out, name="class_roster_left_out"),
    # invitations
    path("<int:pk>/invitations/", invitations.invitations, name="class_invitations"),
    path("<int:pk>/invitations/remind/", invitations.remind, name="class_invitations_remind"),
    path("<int:pk>/invitations.csv", invitations.links, name="class_invitation_links"),
    path("<int:pk>/invitations/<int:invitation>/renew/", invitations.renew, name="class_invitation_renew"),
    path("<int:pk>/invitations/<int:invitation>/withdraw/", invitations.withdraw, name="class_invitation_withdraw"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    # its settings
    path("<int:pk>/settings/", settings.settings, name="class_settings"),
    path("<int:pk>/settings/new-code/", settings.rotate_code, name="class_rotate_code"),
    path("<int:pk>/settings/archive/", settings.archive, name="class_archive"),
    path("<int:pk>/settings/unarchive/", settings.unarchive, name="class_unarchive"),
    path("<int:pk>/sections/", settings.add_section, name="class_section_add"),
    path("<int:pk>/sections/<int:section>/rename/", settings.rename_section, name="class_section_rename"),
    path("<int:pk>/sections/<int:section>/delete/", settings.delete_section, name="class_section_delete"),
]
