"""Hold the Alpaca exchange to the facts that are known of the real one."""
