"""Ask the machine for the time, for ids and for secrets, and write down what people are told."""
