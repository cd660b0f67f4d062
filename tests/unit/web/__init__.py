"""Tests of the web application's parts, one by one."""
