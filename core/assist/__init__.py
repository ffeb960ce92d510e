"""What makes a person's acts count for more: which items stand for a cluster, how it could be split."""
