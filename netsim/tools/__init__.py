"""The programs that an operator types on a node, as text from the engine's state."""
