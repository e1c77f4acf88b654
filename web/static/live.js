// Pieces that follow what others change: a tiny question once a second; when a form changed, the piece is fetched again.
(() => {
  "use strict";
  const EVERY = 1000;
  const SLOWEST = 30000;
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const visible = () =>
    document.hidden ? new Promise((done) => document.addEventListener("visibilitychange", done, { once: true })) : null;

  // ---- a piece somebody is working in is left alone until they are done ------------------------------------------
  function busy(piece) {
    const at = document.activeElement;
    const typing = piece.contains(at) && at.matches("input, textarea, select, [contenteditable]");
    if (typing && !(at.type === "search" && at.value === at.defaultValue)) return true;
    return Boolean(
      document.querySelector("#dialog[open]") ||
        document.querySelector(".sortable-drag, .sortable-chosen, .dragging") ||
        piece.querySelector(".busy, .htmx-request, details[open], form[data-guarded], [data-selected], tbody input:checked"),
    );
  }

  const SCROLLED = ".board, .column-cards, .table-wrap, .lane";

  function remember(piece) {
    const at = document.activeElement;
    const held = {
      places: [...piece.querySelectorAll(SCROLLED)].map((one) => [one.scrollLeft, one.scrollTop]),
      picked: piece.querySelector(".column.picked")?.dataset.stage,
      focus: piece.contains(at) ? (at.id ? `#${CSS.escape(at.id)}` : at.href && `a[href="${CSS.escape(at.getAttribute("href"))}"]`) : "",
      own: [piece.scrollLeft, piece.scrollTop],
      heads: new Map([...piece.querySelectorAll(".column-head")].map((one) => [one.id, one.innerHTML])),
    };
    return held;
  }

  function restore(piece, held) {
    [...piece.querySelectorAll(SCROLLED)].forEach((one, place) => {
      [one.scrollLeft, one.scrollTop] = held.places[place] ?? [0, 0];
    });
    [piece.scrollLeft, piece.scrollTop] = held.own;
    // Counts of very many records follow by themselves; meanwhile those of before stand there.
    for (const one of piece.querySelectorAll("[data-uncounted]")) if (held.heads.has(one.id)) one.innerHTML = held.heads.get(one.id);
    if (held.focus) piece.querySelector(held.focus)?.focus({ preventScroll: true });
    if (held.picked) {
      for (const one of piece.querySelectorAll(".column")) one.classList.toggle("picked", one.dataset.stage === held.picked);
    }
  }

  async function refresh(piece) {
    const address = new URL(piece.dataset.piece, location.href);
    const deepest = Math.max(0, ...[...piece.querySelectorAll(".column-cards")].map((one) => one.querySelectorAll(".board-card").length));
    if (deepest > 20) address.searchParams.set("depth", deepest);
    const answer = await fetch(address, { headers: { "HX-Request": "true", "HX-Target": piece.id } });
    if (!answer.ok || answer.headers.get("HX-Redirect")) return;
    const html = await answer.text();
    if (busy(piece) || !piece.isConnected) return void waiting.add(piece.id);
    const held = remember(piece);
    htmx.swap(piece, html, { swapStyle: "outerHTML", settleDelay: 0 });
    const fresh = document.getElementById(piece.id);
    if (!fresh) return;
    restore(fresh, held);
    document.dispatchEvent(new CustomEvent("steerway:fresh", { detail: fresh }));
  }
  window.steerway.refresh = refresh;

  // ---- the question ------------------------------------------------------------------------------------------------
  const waiting = new Set();
  let seen = "";

  function draw(mark, names) {
    const place = document.querySelector("#who-is-here");
    if (!place) return;
    place.hidden = !names.length;
    place.replaceChildren(
      ...names.map((name) => {
        const person = document.createElement("span");
        person.className = "person";
        const face = document.createElement("span");
        face.className = "avatar small";
        face.setAttribute("aria-hidden", "true");
        face.textContent = name.slice(0, 1);
        person.append(face, name);
        return person;
      }),
    );
    if (names.length) place.append(mark.dataset.editing ? place.dataset.also : place.dataset.word);
  }

  async function ask(mark) {
    const address = new URL(mark.dataset.live, location.href);
    const names = seen ? { seen } : { since: mark.dataset.since };
    for (const [name, value] of Object.entries({ ...names, record: mark.dataset.record, editing: mark.dataset.editing })) {
      if (value) address.searchParams.set(name, value);
    }
    const answer = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.status === 204) return;
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const said = await answer.json();
    seen = said.seen;
    draw(mark, said.here);
    if (said.changed) for (const piece of document.querySelectorAll("[data-piece]")) if (piece.id) waiting.add(piece.id);
  }

  async function catchUp() {
    for (const id of [...waiting]) {
      const piece = document.getElementById(id);
      if (piece && busy(piece)) continue;
      waiting.delete(id);
      if (piece) await refresh(piece);
    }
  }

  async function follow() {
    let pause = EVERY;
    let asked = "";
    await wait(EVERY); // a page that is still being loaded has better things to fetch
    for (;;) {
      await visible();
      const mark = document.querySelector("#drawer [data-live]") ?? document.querySelector("[data-live]");
      if (mark) {
        const whom = `${mark.dataset.live} ${mark.dataset.record ?? ""}`;
        if (whom !== asked) [asked, seen] = [whom, ""];
        try {
          await ask(mark);
          await catchUp();
          pause = EVERY;
        } catch {
          pause = Math.min(pause * 2, SLOWEST);
        }
      }
      await wait(pause);
    }
  }

  addEventListener("pagehide", () => {
    const mark = document.querySelector("[data-live][data-editing]");
    if (!mark) return;
    fetch(`${mark.dataset.live}?record=${mark.dataset.record}&leaving=1`, { keepalive: true });
  });
  follow();
})();
