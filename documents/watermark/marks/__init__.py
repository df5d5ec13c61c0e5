"""What a mark looks like: from instructions to the objects that draw it."""
