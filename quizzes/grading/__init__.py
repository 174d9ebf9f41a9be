"""From a submitted attempt to the score that counts.

grader         claims an attempt in a worker, grades it exactly once, and says why where it could not
scoring        the pure part: answers and facts in, points and explanations out
deductions     what is taken off for coming late and for the attempts before
manual_grades  grades that people give, beside the engine's
scores         which of them counts
append_only    the database itself refuses to change a grade
"""
