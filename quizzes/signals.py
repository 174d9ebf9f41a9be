"""What other apps may listen to."""

from django.dispatch import Signal

# Sent inside the transaction that stored a grade, after it. Arguments: sender (the Attempt class), attempt (Attempt).
# A receiver that fails undoes the grade with it, so receivers only write down what is to be done.
grade_changed = Signal()
