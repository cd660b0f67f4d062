"""Write domain values as JSON text and read them back, the same for every adapter that keeps or sends them."""
