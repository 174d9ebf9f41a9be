"""A class of made-up learners, whose attempts and predictions run through the same services as anybody's."""
