"""What every adapter of a port must keep, to be run against yours."""
