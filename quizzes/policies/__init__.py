"""How a quiz is taken, apart from what it asks.

rules       Rules: tries, time, late work and feedback for one learner, as plain values
finding     rules_for(quiz, learner) for what may be started, rules_of(attempt) for what was
tries       which attempts count beside each other
refusals    why a quiz cannot be started now
describing  a policy in a few words, for whoever chooses one
granting    what a learner is granted, held while it is read or changed
deducting   what the rules take off an attempt's points
showing     what of a result its learner may see, and when the rest shows
"""
