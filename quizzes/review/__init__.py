"""Practice, spaced over time: what a learner answers here never counts for a grade.

memory      when to come back to an objective, by FSRS
evidence    what a learner's answers say about an objective: mastered, or not yet
openness    which questions may be practiced without helping in a quiz that still counts
practice    one question after the other, graded by a worker
overview    every objective with where the learner stands; what is due
"""
