"""Pages of the gradebook, for the staff of a class."""
