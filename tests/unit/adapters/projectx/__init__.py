"""Test the parts of the ProjectX adapter that need no exchange."""
