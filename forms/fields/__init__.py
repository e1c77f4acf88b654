"""The field types. Importing this package imports every module in it, so that each registers itself."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from forms.fields._base import FIELD_TYPES, FieldType, InputContext, Storage

for _module in sorted(info.name for info in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")


def field_type(key: str) -> FieldType:
    """Return the registered type with this key; KeyError for an unknown one."""
    return FIELD_TYPES[key]


__all__ = ["FIELD_TYPES", "FieldType", "InputContext", "Storage", "field_type"]
