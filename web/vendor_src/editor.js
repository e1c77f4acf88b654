// The code editor: CodeMirror 6 in a shadow root. Pages call SteerwayEditor.create(); what to complete and what is wrong
// they ask of the server themselves and hand in as functions.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { HighlightStyle, StreamLanguage, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, linter, forceLinting } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, hoverTooltip, keymap, lineNumbers, placeholder, tooltips } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const KEYWORDS = /^(?:and|or|not|in|if|else|True|False|None)\b/;

const expression = StreamLanguage.define({
  name: "expression",
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^'(?:[^'\\]|\\.)*'?/) || stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
    if (stream.match(/^\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?/)) return "number";
    if (stream.match(KEYWORDS)) return "keyword";
    if (stream.match(/^[\p{L}_][\p{L}\p{N}_]*(?=\s*\()/u)) return "function";
    if (stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u)) return "variableName";
    if (stream.match(/^(?:==|!=|<=|>=|\/\/|[-+*/%<>])/)) return "operator";
    stream.next();
    return null;
  },
  tokenTable: { function: tags.function(tags.variableName) },
  languageData: { closeBrackets: { brackets: ["(", "[", "'", '"'] } },
});

// Colours are the page's own custom properties, which reach into the shadow root and follow light and dark.
const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--editor-keyword, #6f42c1)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--editor-string, #0a6b3d)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--editor-number, #a04100)" },
  { tag: tags.function(tags.variableName), color: "var(--editor-function, #0054a6)" },
  { tag: tags.propertyName, color: "var(--editor-property, #0054a6)" },
]);

// The box of the tooltips wears the theme, too: a frame is drawn around the editor alone.
const theme = EditorView.theme({
  "&.cm-editor": {
    color: "var(--tblr-body-color, inherit)",
    backgroundColor: "var(--tblr-bg-forms, transparent)",
    border: "1px solid var(--tblr-border-color, #c8ccd0)",
    borderRadius: "var(--tblr-border-radius, 4px)",
    fontSize: "13px",
  },
  "&.cm-focused": { outline: "2px solid var(--tblr-primary, #066fd1)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--tblr-font-monospace, monospace)", lineHeight: "1.6" },
  ".cm-gutters": { backgroundColor: "transparent", border: "none", color: "var(--tblr-secondary, #667382)" },
  ".cm-content": { caretColor: "var(--tblr-body-color, currentColor)" },
  ".cm-cursor": { borderLeftColor: "var(--tblr-body-color, currentColor)" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  ".cm-tooltip-said": { maxWidth: "28rem", padding: "4px 8px", fontSize: "12px", overflowWrap: "anywhere" },
  ".cm-tooltip": {
    color: "var(--tblr-body-color, inherit)",
    backgroundColor: "var(--tblr-bg-surface, #fff)",
    border: "1px solid var(--tblr-border-color, #c8ccd0)",
  },
});

/** In one line, Enter submits the form around the editor, and pasted line breaks become spaces. */
const singleLine = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || transaction.newDoc.lines === 1) return transaction;
  const text = transaction.newDoc.sliceString(0).replace(/\s*\n\s*/g, " ");
  return { changes: { from: 0, to: transaction.startState.doc.length, insert: text }, selection: { anchor: text.length } };
});

const languages = { json: () => json(), expression: () => expression, text: () => [] };

/** What is said about the word under the pointer. */
function said({ title, text }) {
  const dom = document.createElement("div");
  dom.className = "cm-tooltip-said";
  const name = document.createElement("strong");
  name.textContent = title;
  dom.append(name, text ? ` ${text}` : "");
  return dom;
}

/**
 * Put an editor into `host` and return a handle on it.
 *
 * options.language: "json", "expression" or "text"
 * options.text: what it holds at first
 * options.label: its name for screen readers
 * options.placeholder, options.readOnly, options.oneLine, options.maxHeight ("20rem")
 * options.complete(text, position): {from, options: [{label, type, detail, info, apply}]} or null, or a promise of it
 * options.lint(text): [{from, to, severity, message}] or a promise of it; asked when typing rests
 * options.hover(text, position): {from, to, title, text} or null, or a promise of it; asked when the pointer rests
 * options.onChange(text), options.onSubmit(): Ctrl/Cmd-Enter, or Enter in one line
 * options.phrases: CodeMirror's own texts in the reader's language, {"Find": "查找", …}
 */
function create(host, options = {}) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const editable = new Compartment();
  const locked = (readOnly) => [EditorState.readOnly.of(readOnly), EditorView.editable.of(!readOnly)];
  const submit = () => {
    options.onSubmit?.();
    return Boolean(options.onSubmit);
  };
  const extensions = [
    keymap.of([
      { key: "Mod-Enter", run: submit },
      ...(options.oneLine ? [] : [indentWithTab]),
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...(options.oneLine ? [{ key: "Enter", run: () => (submit(), true) }] : []),
      ...defaultKeymap,
      ...historyKeymap,
      ...lintKeymap,
    ]),
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    languages[options.language ?? "text"](),
    syntaxHighlighting(colours),
    theme,
    // Tooltips stay inside the shadow root, where their styles are, but are placed against the window.
    tooltips({ position: "fixed", parent: root }),
    EditorState.phrases.of(options.phrases ?? {}),
    EditorView.contentAttributes.of({ "aria-label": options.label ?? "", spellcheck: "false" }),
    editable.of(locked(Boolean(options.readOnly))),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) options.onChange?.(update.state.doc.toString());
    }),
  ];
  if (options.oneLine) extensions.push(singleLine);
  else extensions.push(lineNumbers(), highlightActiveLine());
  if (options.language !== "json" || options.oneLine) extensions.push(EditorView.lineWrapping);
  if (options.maxHeight) extensions.push(EditorView.theme({ ".cm-scroller": { maxHeight: options.maxHeight } }));
  if (options.placeholder) extensions.push(placeholder(options.placeholder));
  if (options.complete) {
    const source = (context) => options.complete(context.state.doc.toString(), context.pos, context.explicit);
    extensions.push(autocompletion({ override: [source], icons: false }));
  }
  if (options.lint) {
    const length = (view) => view.state.doc.length;
    const within = (view) => (found) => ({
      ...found,
      from: Math.min(found.from, length(view)),
      to: Math.min(Math.max(found.to, found.from), length(view)),
    });
    extensions.push(linter(async (view) => (await options.lint(view.state.doc.toString())).map(within(view)), { delay: 400 }));
    if (!options.oneLine) extensions.push(lintGutter());
  }
  if (options.hover) extensions.push(hoverTooltip(async (view, position) => {
    const found = await options.hover(view.state.doc.toString(), position);
    return found && { pos: found.from, end: found.to, above: true, create: () => ({ dom: said(found) }) };
  }));
  const view = new EditorView({ state: EditorState.create({ doc: options.text ?? "", extensions }), parent: root, root });
  return {
    view,
    get text() {
      return view.state.doc.toString();
    },
    set text(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    set readOnly(readOnly) {
      view.dispatch({ effects: editable.reconfigure(locked(readOnly)) });
    },
    lint: () => forceLinting(view),
    focus: () => view.focus(),
    /** Select a place, such as the column of a fault, and show it. */
    select(from, to = from) {
      const end = view.state.doc.length;
      view.dispatch({ selection: { anchor: Math.min(from, end), head: Math.min(to, end) }, scrollIntoView: true });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

window.SteerwayEditor = { create };
