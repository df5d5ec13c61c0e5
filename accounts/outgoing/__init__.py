"""Requests to addresses that customers have chosen: the one door through which they leave."""
