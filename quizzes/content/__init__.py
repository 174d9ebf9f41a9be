"""quiz.yaml: its shape, and how it comes into the database with its lesson."""
