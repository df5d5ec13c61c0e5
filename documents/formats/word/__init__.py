"""Word documents: written from content, and marked in their headers (ECMA-376)."""
