"""How programs come in: personal tokens for the HTTP API, and answers kept so that a repeated request does nothing twice."""

from __future__ import annotations

from engine.access.once import Answer, keep_answer, kept_answer, sweep_answers
from engine.access.rows import Token
from engine.access.tokens import SCOPES, make_token, revoke_token, tokens_of, user_by_token

__all__ = [
    "SCOPES",
    "Answer",
    "Token",
    "keep_answer",
    "kept_answer",
    "make_token",
    "revoke_token",
    "sweep_answers",
    "tokens_of",
    "user_by_token",
]
