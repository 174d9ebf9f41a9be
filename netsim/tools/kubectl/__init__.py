"""``kubectl``: what the API server of the simulated cluster would answer, in kubectl's columns and words.

``program`` reads the line and has the subcommands: ``get`` with its ``columns``, and ``events``, which are derived from
the cluster's state. The API is read-only. It is the reader's own kubectl with an administrator's kubeconfig, whichever
machine the prompt is on.
"""
