"""Trace exercises: a packet's hop table to read, to complete and to fill in."""
