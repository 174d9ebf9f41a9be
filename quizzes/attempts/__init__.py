"""A learner's way through a quiz.

taking        an attempt from its start to its submission, by its learner or by the clock
drafts        the draft of one answer, as a page shows it and as a form changes it
history       where a learner stands with a quiz, and whether another attempt may be started
presentation  what the pages show, as plain values
watching      a packet of a graded answer, to be watched
"""
