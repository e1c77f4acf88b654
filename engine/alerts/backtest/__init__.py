"""Backtests: what a rule would have done over the history of its records."""

from __future__ import annotations

from engine.alerts.backtest.crossings import Crossing, crossings, grid, portions
from engine.alerts.backtest.episodes import Episode, Lives

__all__ = ["Crossing", "Episode", "Lives", "crossings", "grid", "portions"]
