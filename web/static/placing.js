// Records on a calendar: dragging one to another day posts the same update as its form; a refusal says why.
(() => {
  "use strict";
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const DAY = 86400000;
  const number = (iso) => Date.parse(`${iso}T00:00:00Z`) / DAY;
  const iso = (day) => new Date(day * DAY).toISOString().slice(0, 10);

  // Used by the timeline, too: posts the days and fetches the piece again.
  async function place(piece, item, days) {
    item.classList.add("busy");
    const fields = { date: piece.dataset.date, start: piece.dataset.start, end: piece.dataset.end };
    const given = { ...fields, ...days, version: item.dataset.version };
    const body = new URLSearchParams(Object.entries(given).filter(([, value]) => value));
    try {
      const answer = await fetch(item.dataset.place, {
        method: "POST",
        headers: { "HX-Request": "true", "X-CSRFToken": token },
        body,
      });
      if (answer.headers.get("HX-Redirect")) return void (location.href = answer.headers.get("HX-Redirect"));
      item.classList.remove("busy");
      if (answer.ok) steerway.say(steerway.words().moved);
      else steerway.openDialog(await answer.text());
      await again(piece, !answer.ok);
    } catch {
      item.classList.remove("busy");
      steerway.say(steerway.words().offline);
    }
  }

  async function again(piece, refused) {
    const answer = await fetch(piece.dataset.piece, { headers: { "HX-Request": "true", "HX-Target": piece.id } });
    if (!answer.ok) return;
    htmx.swap(piece, await answer.text(), { swapStyle: "outerHTML", settleDelay: 0 });
    const fresh = document.getElementById(piece.id);
    if (fresh) document.dispatchEvent(new CustomEvent("steerway:fresh", { detail: fresh }));
    if (refused) document.querySelector("#dialog [data-close-dialog]")?.focus();
  }
  window.steerway.place = place;

  function start() {
    const calendar = document.querySelector("#calendar");
    if (!calendar || calendar.dataset.ready || !matchMedia("(min-width: 761px)").matches) return;
    calendar.dataset.ready = "1";
    for (const list of calendar.querySelectorAll(".entries")) {
      new Sortable(list, {
        group: "days",
        draggable: ".entry-chip.can-move",
        sort: false,
        animation: 0,
        ghostClass: "ghost",
        onEnd({ item, from, to }) {
          if (from === to) return;
          const moved = number(to.closest(".day").dataset.day) - number(item.dataset.on);
          item.removeAttribute("style");
          place(calendar, item, { first: iso(number(item.dataset.first) + moved) });
        },
      });
    }
  }
  for (const name of ["steerway:fresh", "steerway:load"]) document.addEventListener(name, start);
  start();
})();
