"""Ceilings of configs, in one table: a config comes from anybody, and no file may stop the house."""

from __future__ import annotations

#: Bytes of one file: the longest real config is some 100 KB.
FILE_BYTES = 10_000_000
#: Bytes of all files of an app together, unpacked.
TOTAL_BYTES = 30_000_000
#: Files in one folder or zip, other kinds of file included.
FILES = 2_000
#: Values in one file: checking takes time for each.
VALUES = 50_000
#: Items of one list, members of one object.
ITEMS = 1_000
#: Objects and lists inside each other; a pipeline needs six.
DEPTH = 40
#: Characters of one text.
TEXT = 20_000
#: Digits of one number.
DIGITS = 40
#: Largest number; above it doubles do not count in whole steps.
NUMBER = 1e15
#: Faults told at once: beyond, nobody reads on.
FAULTS = 200

#: Characters of keys; table names are `{app}__{form}__history` and PostgreSQL cuts names at 63.
APP_KEY = 20
FORM_KEY = 30
KEY = 50

#: A test of a config: people, records and steps of one; tests of an app that are run in one go, and seconds for them.
TEST_PEOPLE = 50
TEST_RECORDS = 200
TEST_STEPS = 100
TESTS = 500
#: Days that a test may go on: times of the calendar in between are looked through one by one.
TEST_DAYS = 400
TEST_SECONDS = 30.0
