"""Definitions + database + time → new state. Session, user and `now` are arguments all the way down."""
