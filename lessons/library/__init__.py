"""What is looked up rather than read through: words, myths, and a search over all of it."""
