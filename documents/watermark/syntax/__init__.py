"""What PDF files are written in: objects as text (ISO 32000-2, 7.2 and 7.3)."""
