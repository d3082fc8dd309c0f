"""What pages show, as plain Python over the engine's data: no Qt, so every rule of a page is tested without a window."""
