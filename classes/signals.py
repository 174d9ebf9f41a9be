"""What other apps may add to the pages of classes, with values of classes.entries, and what they may listen to."""

from django.dispatch import Signal

# Sent for the page of a class. Arguments: sender (the CourseClass class), course_class (CourseClass),
# role (Role of who looks), learner (Learner: the one who looks, or their stand-in; None for a superuser without one).
# Receivers return a list of classes.entries.Entry: pages of theirs about this class.
class_page_asked = Signal()

# Sent for the list of a learner's classes, and for the page of one. Arguments: sender (the CourseClass class),
# course_classes (list of CourseClass that they learn in), learner (Learner), now (datetime).
# Receivers return a list of classes.entries.Due: what there is to do, and until when.
due_asked = Signal()

# Sent for the page of one person of a class, which only its staff see. Arguments: sender (the Enrolment class),
# enrolment (Enrolment). Receivers return a list of classes.entries.Entry: what of theirs is about this person.
person_page_asked = Signal()

# Sent inside the transaction that gave somebody in a class a greater time factor, after it. Arguments: sender (the
# Enrolment class), enrolment (Enrolment), by (User who did, or None).
time_granted = Signal()
