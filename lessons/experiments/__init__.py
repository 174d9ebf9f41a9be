"""Experiments of a lesson: predict, observe, explain; what was seen; how sure, and how well that fits."""
