"""The vendored libraries hold together under a Content-Security-Policy without exceptions."""

from __future__ import annotations

import json
import mimetypes
import re
from pathlib import Path

import pytest

VENDOR = Path(__file__).parents[2] / "web" / "static" / "vendor"
POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
HTMX_CONFIG = '{"includeIndicatorStyles": false, "allowEval": false, "allowScriptTags": false}'
MANIFEST: dict[str, str] = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))


def page_of(script: str, body: str) -> dict[str, tuple[str, str]]:
    links = "".join(f"<link rel=stylesheet href=/v/{MANIFEST[name]}>" for name in ("tabler.css", "tom-select.css"))
    names = ("htmx.js", "tabler.js", "tom-select.js", "sortable.js", "editor.js")
    scripts = "".join(f"<script defer src=/v/{MANIFEST[name]}></script>" for name in names)
    head = f"<meta charset=utf-8><meta name=htmx-config content='{HTMX_CONFIG}'><link rel=icon href=data:,>"
    html = f"<!doctype html><html lang=en><head><title>t</title>{head}{links}{scripts}<script defer src=/t.js></script>"
    return {"/": ("text/html", f"{html}</head><body>{body}</body></html>"), "/t.js": ("text/javascript", script)}


def app_of(pages: dict[str, tuple[str, str]]):
    def app(environ, start_response):
        path = environ["PATH_INFO"]
        if path.startswith("/v/"):
            kind, data = mimetypes.guess_type(path)[0] or "", (VENDOR / path[3:]).read_bytes()
        else:
            kind, data = pages[path][0], pages[path][1].encode()
        headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Security-Policy", POLICY)]
        start_response("200 OK", headers)
        return [data]

    return app


def test_manifest_names_every_file():
    files = {path.name for path in VENDOR.iterdir() if path.suffix in {".js", ".css", ".svg"}}

    assert set(MANIFEST.values()) == files


def test_readme_lists_every_file():
    listed = re.findall(
        r"^\| (\S+\.(?:js|css|svg)) \|", (VENDOR / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert sorted(listed) == sorted(MANIFEST.values())


@pytest.mark.browser
def test_libraries_load_under_a_strict_policy(serve, page):
    script = (
        "new TomSelect('#one', {}); new Sortable(document.getElementById('list'), {});"
        "document.body.dataset.ready = [typeof htmx, typeof TomSelect, typeof Sortable].join()"
    )
    body = (
        "<select id=one class=form-select><option>a</select><ul id=list><li>x</ul><input type=checkbox class="
        "form-check-input checked><div class=dropdown><button class='btn dropdown-toggle' data-bs-toggle=dropdown>Open"
        "</button><div class=dropdown-menu><a class=dropdown-item href=#>Item</a></div></div>"
        "<div hx-get=/piece hx-trigger=load></div>"
        f"<svg class=icon width=24 height=24><use href=/v/{MANIFEST['icons.svg']}#home /></svg>"
    )
    page.goto(serve(app_of({**page_of(script, body), "/piece": ("text/html", "<b>fetched</b>")})))

    page.get_by_role("button", name="Open").click()
    page.get_by_role("link", name="Item").wait_for()
    page.get_by_text("fetched").wait_for()
    assert page.locator("body").get_attribute("data-ready") == "object,function,function"


@pytest.mark.browser
def test_editor_completes_lints_and_colours_under_a_strict_policy(serve, page):
    script = """
      const host = document.getElementById('host');
      window.editor = SteerwayEditor.create(host, {
        language: 'expression', text: "", label: 'Formula', oneLine: true,
        complete: (text, position) => ({from: 0, options: [{label: 'converted'}, {label: 'count_all'}]}),
        lint: async (text) => text.includes('nope') ? [{from: 0, to: 4, severity: 'error', message: 'Unknown name'}] : [],
        onSubmit: () => { document.body.dataset.submitted = editor.text; },
      });
      SteerwayEditor.create(document.getElementById('json'), {language: 'json', text: '{"a": [1, true]}', label: 'JSON'});
    """
    page.goto(serve(app_of(page_of(script, "<div id=host></div><div id=json></div>"))))

    field = page.get_by_label("Formula")
    field.press_sequentially("con")
    page.get_by_role("option", name="converted").click()
    field.press_sequentially(" + 'won'")
    assert page.evaluate("editor.text") == "converted + 'won'"
    string = page.locator("#host .cm-line span", has_text="'won'").last
    assert string.evaluate("e => getComputedStyle(e).color") != field.evaluate("e => getComputedStyle(e).color")

    field.press("Enter")
    assert page.locator("body").get_attribute("data-submitted") == "converted + 'won'"

    page.evaluate("editor.text = 'nope'")
    page.locator("#host .cm-lintRange-error").wait_for()
    assert page.locator("#json .cm-gutters").count() == 1


ROOT = Path(__file__).parents[2]
TEMPLATES = [*ROOT.glob("web/templates/**/*.html"), *ROOT.glob("admin/templates/**/*.html")]
ICONS = set(re.findall(r'<symbol id="([\w-]+)"', (VENDOR / MANIFEST["icons.svg"]).read_text(encoding="utf-8")))


def test_every_icon_that_is_asked_for_is_in_the_sprite():
    asked = [
        (path.name, name)
        for path in [*TEMPLATES, *ROOT.glob("web/**/*.py"), *ROOT.glob("admin/**/*.py")]
        if "node_modules" not in path.parts
        for name in re.findall(r'\bicon\("([\w-]+)"', path.read_text(encoding="utf-8"))
    ]
    configured = [
        (path.name, name)
        for path in ROOT.glob("sample_configs/*/forms/*.json")
        if (name := json.loads(path.read_text(encoding="utf-8")).get("icon"))
    ]

    assert asked
    assert [(where, name) for where, name in [*asked, *configured] if name not in ICONS] == []


def test_no_template_uses_a_class_that_was_left_out():
    lines = (ROOT / "web/vendor_src/unused.txt").read_text(encoding="utf-8").splitlines()
    unused = [re.compile(line) for line in lines if line and not line.startswith("#")]
    ours = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("web/static/*.css"))
    used = {
        (path.name, name)
        for path in TEMPLATES
        for value in re.findall(r'class="([^"]*)"', path.read_text(encoding="utf-8"))
        for name in re.sub(r"{[{%].*?[%}]}", " ", value).split()
        if f".{name}" not in ours
    }

    assert [(where, name) for where, name in sorted(used) if any(one.search(name) for one in unused)] == []
