"""What goes wrong outside a run: killed workers, killed servers, full disks, locks. The target is empty, marked, or complete."""
