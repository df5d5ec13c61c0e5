"""The relay: everything that happens because time passes, found in rows.

It sends the messages that wake workers up, takes back the jobs of workers that are gone, and
throws away what nobody needs any more. Any number of relays may run: each step locks the rows
that it takes and skips those that another one has.
"""
