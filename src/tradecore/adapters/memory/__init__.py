"""Remember everything for as long as the process lives, and play every outside role without a network."""
