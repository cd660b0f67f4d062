"""The trading rules of Alpaca, without a network: orders in, orders and refusals out.

It shares no code with what will trade there, so that a misreading of Alpaca cannot hide by being made twice alike.
"""
