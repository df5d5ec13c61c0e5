"""Where marks stand on a page: its geometry, the place of one mark, the places of many."""
