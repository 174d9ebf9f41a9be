"""What learners keep: places of a lesson, notes on them, where they were, and a copy without a network."""
