"""What a class's first attempts say about the questions, and its predictions about the class.

measures        the formulas, pure
scopes          whose work is looked at: a class's, a section's, everybody's
first_attempts  the marks and scores of first attempts
items           one quiz, question by question; choices: what was answered
overview        the quizzes of a course, and the class's way through them
predicting      the predictions of the course's experiments
plots           where lines, bars and labels of the pictures stand
files           the same as CSV
"""
