"""Grading again, after a question was corrected.

corrected    an answer under the question as it is now, or why that cannot be said
comparing    what an attempt's grade would become
running      a regrade from its request over the dry run to its application, in workers
"""
