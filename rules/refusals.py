"""What of Python's syntax is refused, and in which words."""

from __future__ import annotations

import ast

from rules.errors import N_

#: Statement -> (code, sentence, suggestion).
STATEMENTS: dict[type[ast.stmt], tuple[str, str, str]] = {
    ast.Expr: ("two_statements", N_("Only one expression is allowed, without “;”."), ""),
    ast.Assign: (
        "assignment",
        N_("“=” gives a name a value, which is not possible here; to compare, write “==”."),
        "==",
    ),
    ast.AugAssign: ("assignment", N_("A value cannot be changed inside an expression."), ""),
    ast.AnnAssign: ("assignment", N_("“:” gives a name a type, which is not possible here."), ""),
    ast.Import: ("import", N_("Nothing can be imported."), ""),
    ast.ImportFrom: ("import", N_("Nothing can be imported."), ""),
    ast.FunctionDef: ("statement", N_("Functions cannot be defined here."), ""),
    ast.ClassDef: ("statement", N_("Classes cannot be defined here."), ""),
    ast.If: ("statement", N_("Write “a if condition else b” instead of an if statement."), "a if condition else b"),
    ast.Pass: ("statement", N_("Only an expression is allowed, not a statement."), ""),
}
for _kind in (
    ast.AsyncFunctionDef,
    ast.For,
    ast.While,
    ast.With,
    ast.Try,
    ast.Return,
    ast.Delete,
    ast.Raise,
    ast.Global,
    ast.Assert,
):
    STATEMENTS[_kind] = STATEMENTS[ast.Pass]

_COMPREHENSION = ("comprehension", N_("Lists cannot be built in a loop; use a measure, any_of or all_of."))
_COLLECTION = ("collection", N_("Only a list in [ ] is allowed, right of “in” or as an argument."))
_F_STRING = ("f_string", N_('Texts with inserts (f"…") are not allowed; use concat.'))
_COROUTINE = ("statement", N_("Only an expression is allowed, not a statement."))

#: Expression -> (code, sentence).
EXPRESSIONS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lambda: ("lambda", N_("Functions cannot be defined here (lambda).")),
    ast.NamedExpr: ("walrus", N_("A value cannot be given a name inside an expression (:=).")),
    ast.ListComp: _COMPREHENSION,
    ast.SetComp: _COMPREHENSION,
    ast.DictComp: _COMPREHENSION,
    ast.GeneratorExp: _COMPREHENSION,
    ast.Dict: _COLLECTION,
    ast.Set: _COLLECTION,
    ast.Tuple: _COLLECTION,
    ast.JoinedStr: _F_STRING,
    ast.FormattedValue: _F_STRING,
    ast.Subscript: ("subscript", N_("Parts cannot be taken out with [ ]; for text use left, right or middle.")),
    ast.Slice: ("subscript", N_("Parts cannot be taken out with [ ]; for text use left, right or middle.")),
    ast.Starred: ("star", N_("Arguments cannot be unpacked with *.")),
    ast.Await: _COROUTINE,
    ast.Yield: _COROUTINE,
    ast.YieldFrom: _COROUTINE,
}

#: Operator -> (code, sentence).
OPERATORS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Pow: ("power", N_("Powers (**) are not allowed; multiply instead.")),
    ast.LShift: ("bit_operation", N_("<< and >> are not operators of the language.")),
    ast.RShift: ("bit_operation", N_("<< and >> are not operators of the language.")),
    ast.BitOr: ("bit_operation", N_("“|” is not an operator of the language; write “or”.")),
    ast.BitAnd: ("bit_operation", N_("“&” is not an operator of the language; write “and”.")),
    ast.BitXor: ("bit_operation", N_("“^” is not an operator of the language; to raise to a power, multiply instead.")),
    ast.Invert: ("bit_operation", N_("“~” is not an operator of the language; write “not”.")),
    ast.MatMult: ("bit_operation", N_("“@” is not an operator of the language.")),
    ast.Is: ("identity", N_("“is” is not an operator of the language; write “==”.")),
    ast.IsNot: ("identity", N_("“is not” is not an operator of the language; write “!=”.")),
}
