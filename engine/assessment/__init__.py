"""What is measured of a finished target: a source and a target side by side, what attackers and testers would find, and a verdict."""
