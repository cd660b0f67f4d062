"""The rules of the ProjectX exchange, in the Gateway's words, with no HTTP.

It shares nothing with our own adapter, so that what was misread once does not pass because it was misread twice.
"""
