"""People who use the console, their roles, and what each role may do."""
