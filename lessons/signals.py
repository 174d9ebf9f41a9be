"""What other apps may listen to."""

from django.dispatch import Signal

# Sent inside the import's transaction, after the lesson was stored.
# Arguments: sender (the Lesson class), lesson (Lesson), folder (pathlib.Path of the lesson's files),
# force (bool: overwrite what was edited in the admin), report (callable: prints one line to the author).
lesson_imported = Signal()

# Sent inside the merge's transaction, before the guest is deleted: listeners move their rows.
# Arguments: sender (the Learner class), source (Learner, the guest), target (Learner, the user's).
learner_merged = Signal()

# Sent when a learner asks whether they have completed a course. Arguments: sender (the Course class), course (Course),
# learner (Learner). Receivers return a list of lessons.certificates.issuing.Requirement: what is left to do for them.
course_completion_asked = Signal()
