"""Pages for people: the welcome page, the docs page."""
