"""Trade at a paper exchange that runs in a process of its own."""
