"""Pages: usage, plan and caps."""
