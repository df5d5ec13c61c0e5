"""The clients that the product ships, against the real server."""
