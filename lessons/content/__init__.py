"""What authors write: its shape, its files, how it is brought into the database, and its text as HTML."""
