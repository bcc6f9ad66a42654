"""The frame of the models: what every resource stands on, and a team seldom touches."""
