"""Remember everything in a SQL database."""
