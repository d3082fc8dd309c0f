"""The catalog: runs, connections, and the hash chain that later ledgers use."""

from engine.catalog.store import Catalog, CatalogError, SavedConnection, SavedRun, open_catalog

__all__ = ["Catalog", "CatalogError", "SavedConnection", "SavedRun", "open_catalog"]
