// Designers: cards are dragged within lists and from the palette; the buttons do the same without it.
(() => {
  "use strict";

  function send(values) {
    const form = document.getElementById("drop-form");
    if (!form) return;
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    form.requestSubmit();
  }

  // Drawn by the page, not by the browser's own dragging, which buttons do not take part in everywhere.
  const DRAG = { animation: 0, forceFallback: true, fallbackOnBody: true, fallbackTolerance: 4, delay: 120, delayOnTouchOnly: true, ghostClass: "ghost" };

  function sortCards(list) {
    list.dataset.sorted = "1";
    new Sortable(list, {
      group: list.dataset.dropGroup || "cards",
      ...DRAG,
      draggable: "[data-drop]",
      onAdd({ item, to, newDraggableIndex }) {
        if (!item.dataset.type) return;
        const name = document.getElementById("new-name")?.value ?? "";
        item.remove();
        const form = document.getElementById("drop-form");
        if (!form.elements.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "name" }));
        send({ "-act": `new:${item.dataset.type}`, section: to.dataset.dropList, place: newDraggableIndex, name });
      },
      onEnd({ item, from, to, oldDraggableIndex, newDraggableIndex }) {
        if (from === to && oldDraggableIndex === newDraggableIndex) return;
        send({ "-act": to.dataset.dropAct || "place", what: item.dataset.drop, list: to.dataset.dropList, place: newDraggableIndex });
      },
    });
  }

  function sortPalette(list) {
    list.dataset.sorted = "1";
    new Sortable(list, {
      ...DRAG,
      draggable: "[data-type]",
      group: { name: "cards", pull: "clone", put: false },
      sort: false,
      // The button itself is moved and a copy stays: the one that moves must count as a card there.
      onStart: ({ item }) => { item.dataset.drop = "new"; },
      onEnd: ({ item }) => { delete item.dataset.drop; },
    });
  }

  function sortChecks(list) {
    list.dataset.sorted = "1";
    new Sortable(list, { ...DRAG, draggable: ".check-line", filter: "button, select", preventOnFilter: false });
  }

  // The address names a control, such as that of a fault: it is unfolded, shown, and takes the focus.
  let shown = "";
  function showPlace() {
    const place = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!place || shown === location.href) return;
    shown = location.href;
    for (let box = place.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    const inside = "input:not([type=hidden]), select, textarea, button, summary";
    const editor = place.dataset.dressed && place.previousElementSibling;
    const control = editor ? editor.shadowRoot.querySelector(".cm-content") : place.matches(inside) ? place : place.querySelector(inside);
    (editor || place).scrollIntoView({ block: "center" });
    if (place.id !== "canvas") control?.focus({ preventScroll: true });
  }

  // On a narrow screen the properties stand above the canvas: they come into sight with what is chosen.
  let chosen = null;
  function showChosen() {
    const at = document.querySelector("#sheet input[name=at]")?.value ?? "";
    const properties = document.querySelector(".designer-grid.chosen > .properties");
    if (chosen !== null && at !== chosen && properties && getComputedStyle(properties).order === "-1") {
      properties.scrollIntoView({ block: "start" });
    }
    chosen = at;
  }

  function start() {
    // While a page loads, the browser goes to the place itself, and takes the focus from whatever has it by then.
    if (document.readyState === "complete") showPlace();
    showChosen();
    if (!window.Sortable) return;
    document.querySelectorAll("[data-drop-list]:not([data-sorted])").forEach(sortCards);
    document.querySelectorAll("[data-palette]:not([data-sorted])").forEach(sortPalette);
    document.querySelectorAll("[data-order]:not([data-sorted])").forEach(sortChecks);
  }
  start();
  window.addEventListener("load", () => requestAnimationFrame(showPlace));
  window.addEventListener("hashchange", showPlace);
  document.addEventListener("htmx:load", start);
})();
