"""What other apps may listen to."""

from django.dispatch import Signal

# Sent inside the transaction that stored a grade, after it. Arguments: sender (the Attempt class), attempt (Attempt).
# A receiver that fails undoes the grade with it, so receivers only write down what is to be done.
grade_changed = Signal()

# Asks for rows that belong to an account without hanging on it by CASCADE: they are exported with it. Whoever answers
# sees to it that they are deleted with it as well. Argument: person (a user). Receivers return model instances.
personal_rows_asked = Signal()
