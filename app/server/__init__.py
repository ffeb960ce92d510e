"""What stands in front of every route: which hosts, which origins, which people, and what a browser may do with it."""
