"""Sampled entities as rows that a database takes: keys, links, texts and constraints. Nothing here looks at data."""
