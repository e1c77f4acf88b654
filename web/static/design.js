// Designers: cards are dragged within lists and from the palette; the buttons do the same without it.
(() => {
  "use strict";

  function send(values) {
    const form = document.getElementById("drop-form");
    if (!form) return;
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    form.requestSubmit();
  }

  function sortCards(list) {
    list.dataset.sorted = "1";
    new Sortable(list, {
      group: list.dataset.dropGroup || "cards",
      draggable: "[data-drop]",
      animation: 0,
      delay: 120,
      delayOnTouchOnly: true,
      ghostClass: "ghost",
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
      group: { name: "cards", pull: "clone", put: false },
      sort: false,
      animation: 0,
      onClone: ({ clone, item }) => { clone.dataset.type = item.dataset.type; item.dataset.drop = "new"; },
    });
  }

  function sortChecks(list) {
    list.dataset.sorted = "1";
    new Sortable(list, { draggable: ".form-check", animation: 0, ghostClass: "ghost" });
  }

  function start() {
    if (!window.Sortable) return;
    document.querySelectorAll("[data-drop-list]:not([data-sorted])").forEach(sortCards);
    document.querySelectorAll("[data-palette]:not([data-sorted])").forEach(sortPalette);
    document.querySelectorAll("[data-order]:not([data-sorted])").forEach(sortChecks);
  }
  start();
  document.addEventListener("htmx:load", start);
})();
