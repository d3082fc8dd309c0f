"""The policies of assessments that come with the product: one TOML file each, read by `engine.assessment.policy`."""
