"""OKRs: cycles, current values of key results, scores, health and where each number comes from."""
