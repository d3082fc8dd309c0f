"""The policies that come with the product: one TOML file each, read by `engine.profiling.policy`."""
