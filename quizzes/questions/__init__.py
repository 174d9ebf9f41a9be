"""Questions as authors write them and as attempts ask them.

specifications  the cluster and the packet that decide an answer, and what of a response can be graded
variants        the same question about another Pod, port or cluster
drawing         which of a quiz's questions an attempt is asked, in which order and in which variants
revisions       a question as it was when it was asked
checking        what is tried before a question is kept, and before its quiz is published
placeholders    what stands for an explanation that nobody wrote yet
yaml_text       a specification as the text that an author edits
"""
