"""The frame of the API: what every endpoint stands on, and a team seldom touches."""
