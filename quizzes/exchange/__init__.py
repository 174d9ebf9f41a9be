"""Questions to and from other systems, in GIFT and Moodle XML.

Data flows one way. Out: a question → `outgoing` (the engine says what is right) → items → a writer → text.
In: text → a reader → items → `incoming` (the kinds say what they can hold) → drafts → a quiz.
Whatever cannot be carried is a Loss that names the question, the place and the reason.
"""
