"""Text to Python's syntax tree, behind a guard that refuses hostile text before the parser sees it."""

from __future__ import annotations

import ast
import re
import unicodedata
from dataclasses import dataclass
from threading import Lock
from typing import Any

from rules.errors import N_, Fault, RuleError
from rules.limits import MAX_CHARACTERS, MAX_DEPTH
from rules.refusals import EXPRESSIONS, STATEMENTS

_ONE_AT_A_TIME = Lock()
#: Text made of nothing but these needs no closer look. Possessive, so that it cannot backtrack.
_PLAIN = re.compile(
    r"""(?:'[^'"\\\n]*+'(?!')|"[^'"\\\n]*+"(?!")|[^\W\d]\w*+(?!["'])|\d++(?:\.\d++)?+(?!\w)|[=!<>]=|[ ()\[\],.<>+\-*/%])*+""",
)
_TOKEN = re.compile(
    r"""(?P<text>(?P<prefix>\w*)(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"))"""
    r"|(?P<number>\d[\w.]*)|(?P<name>[^\W\d]\w*)|(?P<space>[ \t\r\n]+)|(?P<sign>==|!=|<=|>=|:=|\*\*|//|<<|>>|&&|\|\||->|<>|\+\+|.)",
    re.DOTALL,
)
_NUMBER = re.compile(r"\d(?:_?\d)*+(?:\.(?:\d(?:_?\d)*+)?)?(?:[eE][+-]?\d{1,4})?")
_EXPONENT_TAIL = re.compile(r"\d[\d_.]*[eE]")
_RUN_OF_SIGNS = re.compile(r"(?:[-+~]\s*+){40}|(?:not\s++){40}")
#: Controls, halves of surrogate pairs, marks that turn the reading direction around, and line ends of other worlds.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069\ufeff]")
_TEXTS = re.compile(r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+\"""", re.DOTALL)
_SINGLE_EQUALS = re.compile(r"(?<![=!<>:])=(?!=)")
_ESCAPED = re.compile(r"\\['\"\\]")

#: After so many faults of spelling the rest is not looked at.
_ENOUGH = 10

#: What people type for it -> what the language calls it.
_MEANT = {
    "（": "(", "）": ")", "，": ",", "。": ".", "：": ":", "；": ";", "＋": "+", "－": "-", "×": "*", "÷": "/", "＝": "==", "≠": "!=",
    "≤": "<=", "≥": ">=", "＜": "<", "＞": ">", "“": '"', "”": '"', "‘": "'", "’": "'", "＂": '"', "＇": "'", "！": "!", "％": "%",
    "＊": "*", "／": "/", "【": "[", "】": "]", "［": "[", "］": "]", "、": ",", "「": '"', "」": '"', "&&": "and", "||": "or",
    "!": "not", "<>": "!=", "=<": "<=", "=>": ">=", "−": "-", "–": "-", "—": "-", "\u3000": " ", "\u00a0": " ", "&": "and", "|": "or",
}  # fmt: skip
#: Signs of Python that the walk refuses in its own words, so the guard lets them through.
_LEFT_TO_WALK = frozenset("()[],.<>+-*/%=:;{}@~^&|") | {
    "==",
    "!=",
    "<=",
    ">=",
    ":=",
    "**",
    "//",
    "<<",
    ">>",
    "->",
    "++",
}
_LEFT_TO_WALK -= {"&", "|"}


@dataclass(frozen=True, slots=True)
class Parsed:
    """Python's tree of an expression, and where its byte offsets lie in the text."""

    root: ast.expr
    lead: int
    offsets: tuple[int, ...] | None

    def position(self, byte_offset: int) -> int:
        """Return the 0-based character position of a byte offset of the syntax tree."""
        return self.lead + (byte_offset if self.offsets is None else self.offsets[byte_offset])


def parse(text: str) -> Parsed:
    """Return the syntax tree of an expression; raise RuleError with every fault of its spelling."""
    faults = _guard(text)
    if faults:
        raise RuleError.of(faults)
    bare = text.strip(" \n\r\t").translate(_ONE_LINE)
    try:
        root = tree_of(bare, "eval").body
    except SyntaxError as problem:
        raise RuleError(_classify(text, problem)) from None
    except (RecursionError, MemoryError, ValueError):
        raise RuleError(_too_deep()) from None
    lead = len(text) - len(text.lstrip(" \n\r\t"))
    return Parsed(root, lead, None if bare.isascii() else _offsets(bare))


def tree_of(text: str, mode: str) -> Any:
    """Return Python's syntax tree of a text, one thread at a time: SyntaxError and RecursionError as `ast.parse` raises them.

    While a tree is built, other threads may run, and CPython 3.11 keeps the depth of all of them in one place: two at once
    end in a SystemError (python/cpython#106905).
    """
    with _ONE_AT_A_TIME:
        return ast.parse(text, mode=mode)


def _offsets(text: str) -> tuple[int, ...]:
    found = [n for n, char in enumerate(text) for _ in char.encode()]
    return (*found, len(text))


_ONE_LINE = str.maketrans("\n\r\t", "   ")


def _too_deep(column: int = 0) -> Fault:
    return Fault(
        "too_deep", N_("The expression is nested more than {limit} levels deep."), {"limit": MAX_DEPTH}, column
    )


def _guard(text: str) -> list[Fault]:
    if not text.strip():
        return [Fault("empty_expression", N_("There is no expression here."))]
    if len(text) > MAX_CHARACTERS:
        facts = {"length": len(text), "limit": MAX_CHARACTERS}
        return [Fault("too_long", N_("The expression has {length} characters; at most {limit} are allowed."), facts)]
    if not text.isascii() and _FORBIDDEN.search(text):
        return _characters(text)
    if _PLAIN.fullmatch(text) and (text.isascii() or unicodedata.is_normalized("NFKC", text)):
        return _depth(text)
    return _characters(text) or _depth(text) or _tokens(text)


def _depth(text: str) -> list[Fault]:
    count = text.count
    if (
        count("(") + count("[") + count("{") <= MAX_DEPTH
        and count("-") + count("+") + count("~") + count("not") < MAX_DEPTH
    ):
        return []
    depth = 0
    for token in _TOKEN.finditer(text):
        sign = token["sign"]
        if sign is None:
            continue
        depth += (sign in "([{") - (sign in ")]}")
        if depth > MAX_DEPTH:
            return [_too_deep(token.start() + 1)]
    run = _RUN_OF_SIGNS.search(text)
    return [_too_deep(run.start() + 1)] if run else []


def _characters(text: str) -> list[Fault]:
    found = _FORBIDDEN.search(text)
    return [_forbidden(found[0], found.start() + 1)] if found else []


def _forbidden(char: str, column: int) -> Fault:
    facts = {"character": f"U+{ord(char):04X}"}
    return Fault("forbidden_character", N_("The invisible character {character} is not allowed."), facts, column)


def _tokens(text: str) -> list[Fault]:
    found: list[Fault] = []
    for token in _TOKEN.finditer(text):
        fault = _token(token)
        if fault is not None:
            found.append(fault)
            if fault.code == "open_text" or len(found) >= _ENOUGH:
                break  # behind an open quote nothing is what it seems
    return found


def _token(token: re.Match[str]) -> Fault | None:
    column = token.start() + 1
    if token["text"]:
        return _quoted(token, column)
    if token["number"]:
        return _number(token, column)
    if token["name"]:
        return _name(token["name"], column)
    sign = token["sign"]
    return _sign(sign, column) if sign and sign not in _LEFT_TO_WALK else None


def _quoted(token: re.Match[str], column: int) -> Fault | None:
    if "\\" in _ESCAPED.sub("", token["text"]):
        return Fault("escape", N_("In a text, \\ may only stand before a quote or another \\."), {}, column)
    prefix = token["prefix"]
    if not prefix:
        return None
    if prefix.lower().strip("r") == "f":
        return Fault(*EXPRESSIONS[ast.JoinedStr], {}, column)
    sentence = N_("Nothing may stand directly before a quote: “{prefix}”.")
    return _name(prefix, column) or Fault("text_prefix", sentence, {"prefix": prefix[:40]}, column)


def _number(token: re.Match[str], column: int) -> Fault | None:
    rest = token.string[token.start() :]
    found = _NUMBER.match(rest)
    signed_exponent = _EXPONENT_TAIL.fullmatch(token["number"]) is not None
    if found and (found.end() == len(token["number"]) or signed_exponent):
        return None
    return Fault(
        "number_form",
        N_("“{number}” is not a number as it is written here: write 1234.5."),
        {"number": token["number"][:40]},
        column,
    )


def _name(name: str, column: int) -> Fault | None:
    meant = unicodedata.normalize("NFKC", name)
    if meant == name:
        return None
    facts = {"name": name[:40]}
    hint = "" if meant.startswith("_") else meant
    return Fault("look_alike", N_("“{name}” is written with look-alike characters."), facts, column, suggestion=hint)


def _sign(sign: str, column: int) -> Fault:
    if sign in "\"'":
        return Fault("open_text", N_("This text has no closing quote."), {}, column)
    if sign == "#":
        return Fault("comment", N_("Comments (#) are not allowed."), {}, column)
    if sign == "\\":
        return Fault("escape", N_("\\ may only stand inside a text."), {}, column)
    if unicodedata.category(sign[0]) in {"Cf", "Co", "Cn"}:
        return _forbidden(sign[0], column)
    meant = _MEANT.get(sign, "")
    if meant:
        return Fault(
            "wrong_sign", N_("“{sign}” is not a sign of the language."), {"sign": sign}, column, suggestion=meant
        )
    return Fault("wrong_sign", N_("“{sign}” is not a sign of the language."), {"sign": sign[:5]}, column)


def _classify(text: str, problem: SyntaxError) -> Fault:
    lead = len(text) - len(text.lstrip())
    column = min(problem.offset + lead if problem.offset else len(text) + 1, len(text) + 1)
    if "nested" in (problem.msg or "") or "too many" in (problem.msg or ""):
        return _too_deep()
    statement = _statement(text)
    if statement:
        code, template, suggestion = statement
        return Fault(code, template, {}, column, suggestion=suggestion)
    if ":=" in text:
        return Fault(
            "walrus", N_("A value cannot be given a name inside an expression (:=)."), {}, text.index(":=") + 1
        )
    bare = _TEXTS.sub(lambda t: " " * len(t[0]), text)
    other = next((sign for sign in ("<>", "=<", "=>") if sign in bare), None)
    if other:
        return _sign(other, bare.index(other) + 1)
    single = _SINGLE_EQUALS.search(bare)
    if single:
        return Fault(*STATEMENTS[ast.Assign][:2], {}, single.start() + 1, suggestion="==")
    return _brackets(bare, column)


def _brackets(text: str, column: int) -> Fault:
    opening = sum(text.count(c) for c in "([{") - sum(text.count(c) for c in ")]}")
    if opening > 0:
        return Fault("open_bracket", N_("A bracket is not closed."), {}, column)
    if opening < 0:
        return Fault("open_bracket", N_("There is a closing bracket too many."), {}, column)
    return Fault("syntax", N_("The expression cannot be read from here on."), {}, column)


def _statement(text: str) -> tuple[str, str, str] | None:
    try:
        body = tree_of(text.strip(), "exec").body
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        return next((STATEMENTS[t] for word, t in _OPENING if re.match(rf"\s*{word}\b", text)), None)
    if len(body) > 1 or ";" in text or not body:
        return STATEMENTS[ast.Expr]
    only = body[0]
    if isinstance(only, ast.Expr):
        return (*EXPRESSIONS.get(type(only.value), EXPRESSIONS[ast.Yield]), "")
    return STATEMENTS.get(type(only), STATEMENTS[ast.Pass])


_OPENING: tuple[tuple[str, type[ast.stmt]], ...] = (
    ("import", ast.Import), ("from", ast.ImportFrom), ("def", ast.FunctionDef), ("class", ast.ClassDef), ("for", ast.For),
    ("while", ast.While), ("with", ast.With), ("try", ast.Try), ("if", ast.If), ("async", ast.AsyncFunctionDef),
    ("return", ast.Return), ("del", ast.Delete), ("raise", ast.Raise), ("global", ast.Global), ("assert", ast.Assert),
)  # fmt: skip
