"""Entities of a target: a root row with every row that it owns. Who holds one, and what it was like before."""
