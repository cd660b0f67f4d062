"""Trade at a firm that runs the ProjectX Gateway, such as TopstepX."""
