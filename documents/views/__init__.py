"""Pages of the web UI: thin, one domain call each."""
