"""Trade through the ProjectX Gateway, which TopstepX and other firms run."""
