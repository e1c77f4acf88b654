// A message's "insert a field": the chosen name is put at the cursor of the text it belongs to.
(() => {
  "use strict";

  const last = new WeakMap();

  function areaOf(box) {
    const line = box.closest(".sheet-line");
    return last.get(line) ?? line.querySelector("textarea[data-inserts]");
  }

  document.addEventListener("focusin", ({ target }) => {
    if (target.matches?.("textarea[data-inserts]")) last.set(target.closest(".sheet-line"), target);
  });

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-insert]");
    if (!button) return;
    const box = button.closest("[data-insert-box]");
    const area = areaOf(box);
    area.focus();
    area.setRangeText(`{${box.querySelector("select").value}}`, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });

  function start() {
    for (const box of document.querySelectorAll("[data-insert-box][hidden]")) box.hidden = false;
  }
  start();
  document.addEventListener("htmx:load", start);
})();
