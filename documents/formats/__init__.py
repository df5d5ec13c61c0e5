"""The kinds of files that documents can be, and how each becomes one that carries a mark.

A library beside the engine, and like it without framework, settings, clock and network: what
parses a file runs in the sandbox's child. Nothing is imported here, for every child would pay.
"""
