"""What may be kept on Redis instead of in the database; imported only where it is asked for."""
