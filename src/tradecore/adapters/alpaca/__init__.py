"""Trade at Alpaca, through alpaca-py."""
