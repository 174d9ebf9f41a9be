"""Benchmarks. `make bench` runs every module here that does not start with an underscore, one after the other."""
