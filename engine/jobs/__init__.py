"""Jobs: what runs, how far it is, and what it was asked to do."""
