"""Encoders: what turns items and typed queries into unit vectors, all behind one protocol and one table of names."""
