"""The frame of the SQL models: connections, statements, transactions, what differs by engine."""
