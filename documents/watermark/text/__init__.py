"""Text as glyphs: fonts, shapes, order, and what embeds them in a document."""
