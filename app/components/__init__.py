"""What pages are made of. A component owns its widget keys and hands back plain values."""
