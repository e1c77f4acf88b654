"""Tests of a config: its own records, people and dates, judged by the product's own verbs in a database that is thrown away."""

from __future__ import annotations

from engine.config_tests.kept import run_alone
from engine.config_tests.report import Outcome, TestReport, TestResult
from engine.config_tests.run import run_tests

__all__ = ["Outcome", "TestReport", "TestResult", "run_alone", "run_tests"]
