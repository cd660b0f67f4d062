"""Kill real processes at every boundary that an alert crosses, and compare what is left with the exchange."""
