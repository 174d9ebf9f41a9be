"""Who in a class stands where.

cells        one learner at one assigned quiz
table        the gradebook: a row for each learner, what counts of all of it, narrowing and sorting
objectives   the same learners, by what the questions test
activity     when a learner last did something, and how much each week
stuck        who may need help, by which rule
learner      everything about one learner
files        the gradebook as CSV; uploads: grades from a CSV, reviewed first and then given
"""
