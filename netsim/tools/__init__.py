"""The programs that an operator types on a node or in a Pod, as text from the engine's state.

Each program is a module; ``machine`` is what they run on, ``options`` how they read their words. ``netsim.terminal``
lists what can be typed. ``show``, ``cni`` and the modules that end in ``text`` print what commands of ``python -m
netsim`` answer.
"""
