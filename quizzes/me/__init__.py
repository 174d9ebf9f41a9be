"""What a learner has done, on one page of their own.

work    grades with every attempt, what is due, practice, certificates, reports
plot    practice day by day, as the page draws it

and what is theirs to decide, with how long the rest is kept:

personal    what is stored about a person
exporting   all of it as one file
deleting    an account, with time to think again; a guest at once
retention   what nobody uses any more
"""
