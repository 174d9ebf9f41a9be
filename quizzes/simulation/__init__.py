"""The simulated cluster that a question is about: what the engine finds in it, and its picture to answer in."""
