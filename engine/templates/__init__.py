"""Templates: what an app is cloned from, combined of, saved as, and brought up to date with."""
