"""Grading again: after a question was corrected, to take that back, after more time was granted.

corrected    an answer under the question as it is now, or why that cannot be said
comparing    what an attempt's grade would become
running      a regrade from its request over the dry run to its application, in workers
undoing      a regrade that takes another one back
relieving    late penalties that fall with an extension
outdated     the graded attempts that had an earlier version of a question
asking       what its pages ask and tell
table        what it found: rows, sums, a file; plot draws them
"""
