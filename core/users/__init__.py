"""People who may log in to a server, what each may do, and where that is kept."""
