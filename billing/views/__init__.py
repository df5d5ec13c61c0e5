"""Pages: usage, plan, caps and invoices."""
