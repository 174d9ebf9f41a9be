"""Which quizzes a class takes, when, by which policy; and who gets more time for them.

planning    assign, change, shift, take away; grant and take back extensions
undoing     the last change of a class's plan, taken back
due         what learners see of it: what there is to do, and until when
views       the pages
"""
