// The expression editor: completion and faults come from the server, which knows what the viewer may read.
(() => {
  "use strict";
  if (!window.SteerwayEditor) return;
  const token = document.querySelector('meta[name="csrf-token"]').content;

  // So many proposals come at most (rules/complete.py). Fewer are all there are, and typing on narrows them down here:
  // while an answer is awaited, the list would not take clicks.
  const MOST = 200;
  const NARROWS = /^[\p{L}\p{N}_]*$/u;

  async function post(address, body) {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "X-CSRFToken": token },
      body: new URLSearchParams(body),
    });
    return answer.ok ? answer.json() : null;
  }

  function dress(area) {
    area.dataset.dressed = "1";
    const address = area.dataset.expression;
    const ask = (what, body) => post(`${address}/${what}`, body);

    const host = document.createElement("div");
    area.before(host);
    area.hidden = true;
    const editor = SteerwayEditor.create(host, {
      language: "expression",
      text: area.value,
      label: area.getAttribute("aria-label") || document.querySelector(`label[for="${area.id}"]`)?.textContent || "",
      maxHeight: "14rem",
      oneLine: area.rows === 1,
      onChange: (text) => { area.value = text; },
      onSubmit: () => area.form.requestSubmit(),
      complete: async (text, position, explicit) => {
        const typed = text.slice(0, position).match(/[\p{L}_][\p{L}\p{N}_.]*$|['"]\p{L}*$/u);
        if (!typed && !explicit) return null;
        const found = await ask("complete", { text, position });
        if (!found || !host.shadowRoot.activeElement) return null;
        return found.options.length < MOST ? { ...found, validFor: NARROWS } : found;
      },
      lint: async (text) => {
        if (!text.trim()) return [];
        const found = await ask("check", { text });
        return (found?.faults ?? []).map((fault) => ({
          from: Math.max(0, fault.column - 1),
          to: Math.max(1, fault.column),
          severity: "error",
          message: fault.suggestion ? `${fault.text} → ${fault.suggestion}` : fault.text,
        }));
      },
    });
    document.querySelector(`label[for="${area.id}"]`)?.addEventListener("click", () => editor.focus());
  }

  function start() {
    for (const area of document.querySelectorAll("textarea[data-expression]:not([data-dressed])")) dress(area);
  }
  start();
  document.addEventListener("htmx:load", start);
})();
