"""The upload lane: form files go from the socket to the staging area, never through memory.

Who sends, and how much, is looked at before the first byte of the body is read.
"""
