"""Hop by Hop as an LTI 1.3 tool: lessons and quizzes opened from a learning platform, scores sent back to it."""
