"""PDFs written byte by byte, the way each test wants them."""
