// The JSON editor: proposals, faults and meanings come from the server, which knows the schema and the config in work.
(() => {
  "use strict";
  const area = document.querySelector("textarea[data-json-editor]");
  if (!area || !window.SteerwayEditor) return;
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const help = document.querySelector("[data-json-help]");
  const label = document.querySelector(`label[for="${area.id}"]`);

  async function ask(address, body) {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "X-CSRFToken": token, Accept: "application/json" },
      body: new URLSearchParams(body),
    });
    return answer.ok ? answer.json() : null;
  }

  // What stands behind the cursor belongs to the word at hand: it is replaced with it, but not searched for.
  function replacing(option, behind) {
    const apply = (view, _option, from, to) => view.dispatch({
      changes: { from, to: to + Math.max(0, behind), insert: option.apply },
      selection: { anchor: from + option.apply.length },
      userEvent: "input.complete",
    });
    return { ...option, apply };
  }

  const host = document.createElement("div");
  host.className = "json-editor";
  area.before(host);
  area.hidden = true;
  const editor = SteerwayEditor.create(host, {
    language: "json",
    text: area.value,
    label: label?.textContent || "JSON",
    maxHeight: "70vh",
    onChange: (text) => { area.value = text; },
    onSubmit: () => area.form.requestSubmit(),
    complete: async (text, position, explicit) => {
      if (!explicit && !/["\p{L}\p{N}_.:]$/u.test(text.slice(0, position))) return null;
      const found = await ask(area.dataset.complete, { text, position });
      if (!found || !found.options.length || !host.shadowRoot.activeElement) return null;
      return { from: found.from, options: found.options.map((option) => replacing(option, found.to - position)) };
    },
    hover: async (text, position) => {
      const found = await ask(area.dataset.complete, { text, position });
      return found?.title ? { from: found.from, to: found.to, title: found.title, text: found.help } : null;
    },
    lint: async (text) => {
      const found = await ask(area.dataset.check, { text });
      return (found?.faults ?? []).map((fault) => ({ ...fault, to: Math.max(fault.to, fault.from + 1) }));
    },
  });
  label?.addEventListener("click", () => editor.focus());
  // The address names a place of the file, such as that of a fault.
  if (area.dataset.from) {
    const place = Number(area.dataset.from);
    editor.select(place, Number(area.dataset.to));
    const { scrollDOM } = editor.view;
    scrollDOM.scrollTop = editor.view.lineBlockAt(place).top - scrollDOM.clientHeight / 3;
  }
  // What scrolls is reached by the keyboard: the text in it takes the focus, and says so.
  editor.view.contentDOM.tabIndex = 0;
  // Numbers of lines stay while a long line scrolls below them.
  const numbers = new CSSStyleSheet();
  numbers.replaceSync(`.cm-editor .cm-gutters { background-color: var(--tblr-bg-surface, #fff); }
    .cm-editor.cm-focused .cm-activeLine { background-color: var(--hover); }`);
  host.shadowRoot.adoptedStyleSheets.push(numbers);

  // What the member at the cursor means, once the cursor rests.
  let waiting = 0;
  let asked = -1;
  async function explain() {
    const position = editor.view.state.selection.main.head;
    if (position === asked) return;
    asked = position;
    const found = await ask(area.dataset.complete, { text: editor.text, position });
    if (position !== asked) return;
    help.hidden = false;
    help.textContent = found?.title ? `${found.title}: ${found.help}` : "";
  }
  const rests = () => { clearTimeout(waiting); waiting = setTimeout(explain, 300); };
  host.addEventListener("keyup", rests);
  host.addEventListener("click", rests);

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "s" || event.altKey || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    area.form.requestSubmit();
  });
  document.querySelector("[data-json-format]").addEventListener("click", async (event) => {
    event.preventDefault();
    const found = await ask(area.dataset.format, { text: editor.text });
    if (found) editor.text = found.text;
    editor.lint();
    editor.focus();
  });
})();
