"""What a learner has done, on one page of their own.

work    grades with every attempt, what is due, practice, certificates, reports
plot    practice day by day, as the page draws it
"""
