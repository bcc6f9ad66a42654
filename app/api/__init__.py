"""The endpoints, by version: each is a folder with a `blueprint`, registered in app/__init__.py."""
