"""Copies of an entity: its root rows with all that they own, under keys of their own, beside rows that stay shared."""
