"""Serve HTTP: take alerts, and answer what people and scripts ask."""
