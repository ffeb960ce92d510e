"""What the vectors say: features, neighbour graph, Ward tree, clusterings, a range for their number, the map."""
