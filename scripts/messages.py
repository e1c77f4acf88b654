"""Collects the visible sentences of all rooms into web/translations; `make messages`. Translations are kept."""

from __future__ import annotations

from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("rules", "forms", "engine", "web", "admin")
LANGUAGES = ("zh_Hans", "zh_Hant")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
#: The functions whose first literal is a visible sentence; N_ marks it where it is written, the edge translates it.
KEYWORDS = {
    **dict.fromkeys(("_", "N_", "_l", "gettext", "lazy_gettext"), None),
    **dict.fromkeys(("ngettext", "lazy_ngettext", "N_n"), (1, 2)),
}


def catalogue_file(language: str) -> Path:
    return ROOT / "web/translations" / language / "LC_MESSAGES/messages.po"


def extracted() -> Catalog:
    """Every sentence that the code marks, without a translation."""
    found = Catalog(project="Steerway")
    for room in ROOMS:
        for _file, _line, message, comments, context in extract_from_dir(
            ROOT / room, METHODS, keywords=KEYWORDS, comment_tags=("Translators:",), directory_filter=_is_ours
        ):
            found.add(message, auto_comments=comments, context=context)
    return found


def read_catalogue(language: str) -> Catalog:
    path = catalogue_file(language)
    if not path.exists():
        return Catalog(locale=language, project="Steerway")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def merged(language: str, template: Catalog) -> Catalog:
    """The template's sentences with the translations that the language already has; what nobody says goes."""
    known = read_catalogue(language)
    # No header of our own: dates and tool versions in it would make each run a change.
    result = Catalog(locale=language, project="Steerway", header_comment="", fuzzy=False)
    for message in template:
        if not message.id:
            continue
        old = known.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        result.add(message.id, old.string if old else "", auto_comments=message.auto_comments, context=message.context)
    return result


def untranslated(language: str) -> list[str]:
    """The sentences that a reader of this language would see in English."""
    missing = [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in merged(language, extracted())
        if message.id and not (all(message.string) if isinstance(message.string, tuple | list) else message.string)
    ]
    return sorted(missing)


def write(catalogue: Catalog, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(
            (
                'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
                f'"Language: {catalogue.locale}\\n"\n"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
            ).encode()
        )
        write_po(file, catalogue, width=0, omit_header=True, sort_output=True)


def _is_ours(folder: str) -> bool:
    return Path(folder).name not in {"node_modules", "vendor", "__pycache__"}


def main() -> None:
    template = extracted()
    for language in LANGUAGES:
        write(merged(language, template), catalogue_file(language))
        missing = untranslated(language)
        print(f"{language}: {len(template)} sentences, {len(missing)} without translation")
        for sentence in missing[:20]:
            print(f"  {sentence}")


if __name__ == "__main__":
    main()
