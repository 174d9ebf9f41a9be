"""``kubectl``: what the API server of the simulated cluster would answer, in kubectl's columns and words.

``program`` reads the line and has the subcommands: ``get`` with its ``columns``, ``describe``, ``execute`` (exec),
``logs`` and ``eventlist``; ``events`` and ``states`` derive from the cluster what they show. The API is read-only, and
only exec sends a packet. It is the reader's own kubectl, which may read everything, whichever machine the prompt is on.
"""
