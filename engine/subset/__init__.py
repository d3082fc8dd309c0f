"""Subsets: which rows of a source a plan asks for, closed over every foreign key."""
