"""Hold each adapter to the promises of its port."""
