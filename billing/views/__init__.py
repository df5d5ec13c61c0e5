"""Pages: usage, plan and caps, invoices."""
