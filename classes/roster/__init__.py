"""Lists of people as CSV: read, compared with the class, reviewed, applied; and the class's own list to download.

reading    text → Sheet of rows, each with its line and what is wrong with it
planning   rows and the database → what happens to each
uploads    a stored upload: what it would do, doing it once
writing    people → CSV
"""
