"""Reading just what is needed of a PDF file, at once and where it stands."""
