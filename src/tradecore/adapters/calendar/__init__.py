"""Know the hours of the exchanges without asking anybody."""
