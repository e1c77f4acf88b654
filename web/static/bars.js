// Bars of a timeline: the middle moves a record, its ends let it last longer or shorter; attributes, never styles.
(() => {
  "use strict";
  const UNIT = 10;
  const DAY = 86400000;
  const number = (iso) => Date.parse(`${iso}T00:00:00Z`) / DAY;
  const iso = (day) => new Date(day * DAY).toISOString().slice(0, 10);
  let held = null;

  function draw(span, x, width) {
    const body = span.querySelector(".body");
    body.setAttribute("x", x);
    body.setAttribute("width", width);
    span.querySelector('[data-grip="first"]')?.setAttribute("x", x);
    span.querySelector('[data-grip="last"]')?.setAttribute("x", x + width - 3);
  }

  document.addEventListener("pointerdown", (event) => {
    const span = event.target.closest?.(".gantt .span.can-move");
    if (!span || event.button !== 0) return;
    event.preventDefault();
    const body = span.querySelector(".body");
    const piece = span.closest("#bars");
    held = {
      span,
      piece,
      grip: event.target.dataset.grip ?? "",
      from: event.clientX,
      perDay: span.closest("svg").getBoundingClientRect().width / Number(piece.dataset.days),
      x: Number(body.getAttribute("x")),
      width: Number(body.getAttribute("width")),
      days: 0,
    };
    span.classList.add("dragging");
    span.setPointerCapture?.(event.pointerId);
  });

  document.addEventListener("pointermove", (event) => {
    if (!held) return;
    const { span, grip, x, width } = held;
    let days = Math.round((event.clientX - held.from) / held.perDay);
    const longest = width / UNIT - 1;
    if (grip === "first") days = Math.min(days, longest);
    if (grip === "last") days = Math.max(days, -longest);
    held.days = days;
    if (!grip) draw(span, x + days * UNIT, width);
    else if (grip === "first") draw(span, x + days * UNIT, width - days * UNIT);
    else draw(span, x, width + days * UNIT);
  });

  function drop(cancelled) {
    if (!held) return;
    const { span, piece, grip, days, x, width } = held;
    held = null;
    span.classList.remove("dragging");
    if (cancelled || !days) return void draw(span, x, width);
    const first = number(span.dataset.first) + (grip === "last" ? 0 : days);
    const last = number(span.dataset.last) + (grip === "first" ? 0 : days);
    steerway.place(piece, span, grip ? { first: iso(first), last: iso(last) } : { first: iso(first) });
  }
  document.addEventListener("pointerup", () => drop(false));
  document.addEventListener("pointercancel", () => drop(true));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") drop(true);
  });
})();
