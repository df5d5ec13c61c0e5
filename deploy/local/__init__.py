"""Countermark on one machine, from one command: PostgreSQL, Valkey and the application's processes.

Standard library only, and no Django: the launcher starts in tens of milliseconds and nothing in
the product depends on it. ``python -m deploy.local run`` is what ``make run`` calls.
"""
