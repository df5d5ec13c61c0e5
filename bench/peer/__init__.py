"""The yardstick of bench/api.py: the simple stack, built honestly."""
