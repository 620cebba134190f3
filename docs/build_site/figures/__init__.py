"""Pictures of what a choice does, made by the choice itself."""
