"""Doing the work: from a claimed row to a stored copy and the one transaction that ends it."""
