"""Telling tenants of their events: out of the outbox, to their endpoints, again until they hear.

``manage.py sender`` runs it. Any number may run: each step locks the rows that it takes, an attempt
is made under a lease, and whoever is killed loses nothing and tells nobody under a second id.
"""
