"""Nobody sees, changes or guesses what is another tenant's: swept over everything served.

The cases come from the OpenAPI document, the sockets' routes and the pages' addresses. What has
no place in ``matrix.py`` fails, and says what to add there.
"""
