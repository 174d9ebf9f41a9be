"""What instructors see of attempts.

inspected    one attempt as the learner gave it, with all that was ever found or said about it
ungraded     attempts that have no grade although they should, and those that an earlier version of a question graded
"""
