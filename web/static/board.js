// Cards that move: dragging posts the same move as the buttons; a refusal brings the card back and says why.
(() => {
  "use strict";
  const board = () => document.querySelector("#board");
  if (!board()) return;
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const columns = (root = board()) => root.querySelectorAll(".column");

  function mark(card) {
    const targets = (card.dataset.targets || "").split(" ");
    for (const column of columns(card.closest(".board"))) {
      const own = column.dataset.stage === card.dataset.stage;
      const fits = targets.includes(column.dataset.stage);
      column.classList.toggle("welcomes", fits && !own);
      column.classList.toggle("refuses", !fits && !own);
      const note = column.querySelector(".refusal");
      if (note) note.hidden = fits || own;
    }
  }

  function unmark() {
    for (const column of columns()) {
      column.classList.remove("welcomes", "refuses");
      const note = column.querySelector(".refusal");
      if (note) note.hidden = true;
    }
  }

  function putBack({ item, from, oldDraggableIndex }) {
    const cards = [...from.querySelectorAll(".board-card")].filter((card) => card !== item);
    from.insertBefore(item, cards[oldDraggableIndex] ?? from.querySelector(".more"));
  }

  async function post(card, stage) {
    return fetch(card.dataset.move, {
      method: "POST",
      keepalive: true,
      headers: { "HX-Request": "true", "HX-Target": "card", "X-CSRFToken": token },
      body: new URLSearchParams({ "-to": stage, version: card.dataset.version, "-via": "board" }),
    });
  }

  async function drop(event) {
    unmark();
    const card = event.item;
    if (event.from === event.to) return;
    card.classList.add("busy");
    try {
      const answer = await post(card, event.to.closest(".column").dataset.stage);
      const html = await answer.text();
      if (answer.ok && board().dataset.again) {
        card.classList.remove("busy");
        steerway.say(steerway.words().moved);
        await steerway.refresh(board());
      } else if (answer.ok) {
        card.removeAttribute("style"); // what dragging left there; htmx would copy it, which the policy forbids
        htmx.swap(card, html, { swapStyle: "outerHTML" });
        steerway.say(steerway.words().moved);
        htmx.trigger(document.body, "inbox-changed");
        htmx.trigger(document.body, "board-moved");
      } else {
        putBack(event);
        steerway.openDialog(html);
      }
    } catch {
      putBack(event);
      steerway.say(steerway.words().offline);
    } finally {
      card.classList.remove("busy");
    }
  }

  // Of a board with lanes, a card moves within its own.
  function start() {
    pick();
    if (!matchMedia("(min-width: 761px)").matches) return;
    for (const list of board().querySelectorAll(".column-cards")) {
      if (list.dataset.ready) continue;
      list.dataset.ready = "1";
      new Sortable(list, {
        group: `board ${list.closest(".lane")?.getAttribute("aria-labelledby") ?? ""}`,
        draggable: ".board-card.can-move",
        filter: "a, button, summary, .menu",
        preventOnFilter: false,
        sort: false,
        animation: 0,
        ghostClass: "ghost",
        scroll: true,
        onStart: (event) => mark(event.item),
        onEnd: drop,
      });
    }
  }

  // On a phone one column is shown; the picker chooses which.
  const picker = document.querySelector("#stage-picker");
  function pick() {
    for (const one of board().querySelectorAll(".board")) one.classList.add("picking");
    if (!picker) return;
    for (const column of columns()) column.classList.toggle("picked", column.dataset.stage === picker.value);
  }
  picker?.addEventListener("change", pick);
  document.addEventListener("steerway:fresh", start);
  start();
})();
