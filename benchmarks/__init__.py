"""Speed of expressions as ratios measured in one run; `make bench-expressions`."""
