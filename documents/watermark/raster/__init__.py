"""The strongest strength: pages that are pictures, with the mark in them."""
