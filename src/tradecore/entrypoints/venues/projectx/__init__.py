"""An exchange that speaks as the ProjectX Gateway does."""
