"""Marking by an incremental update: the file stays as it is and a small tail follows it.

ISO 32000-2, 7.5.6. What changes are the pages' dictionaries and the resources they name; they are
written anew, edited in their text, and a cross-reference section of the file's own kind ends the
tail.
"""
