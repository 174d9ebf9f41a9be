"""The scene of a lesson as the learner's own: any packet, any data plane, switches, a matrix and a terminal."""
