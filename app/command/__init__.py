"""What `flask <command>` does."""
