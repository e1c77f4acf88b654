// The table of a list: cells by arrow keys, values changed in place, columns made wider, panels by hand. The table and
// every panel work without it.
(() => {
  "use strict";
  const grid = () => document.querySelector("table[data-grid]");
  // What stood in the cell that is changed, and which cell (row, column) is wanted when the answer has come.
  let held = "";
  let wanted = null;
  let last = null;
  const placeOf = (cell) => ({ row: cell.parentElement.id, column: cell.cellIndex });
  const cellAt = (place) => place && document.getElementById(place.row)?.cells[place.column];

  // ---- one cell at a time is reached by Tab; the arrow keys go on from there --------------------------------------
  const cellsOf = (row) => [...row.cells].filter((cell) => !cell.matches(".pick-cell"));
  function rove(cell) {
    grid()?.querySelectorAll('td[tabindex="0"]').forEach((one) => one.setAttribute("tabindex", "-1"));
    cell.setAttribute("tabindex", "0");
    cell.focus();
  }
  function dress() {
    const table = grid();
    if (!table || table.dataset.ready) return;
    table.dataset.ready = "1";
    const cells = table.querySelectorAll("tbody td:not(.pick-cell)");
    cells.forEach((cell, place) => cell.setAttribute("tabindex", place ? "-1" : "0"));
    widths(table);
  }
  document.addEventListener("focusin", (event) => {
    const cell = event.target;
    last = cell.matches?.("table[data-grid] tbody td") ? placeOf(cell) : null;
  });
  function step(cell, key) {
    const row = cell.parentElement;
    const rows = [...grid().querySelectorAll("tbody tr")];
    const place = cellsOf(row).indexOf(cell);
    if (key === "ArrowLeft" || key === "ArrowRight") return cellsOf(row)[place + (key === "ArrowRight" ? 1 : -1)];
    if (key === "Home" || key === "End") return cellsOf(row).at(key === "Home" ? 0 : -1);
    const next = rows[rows.indexOf(row) + (key === "ArrowDown" ? 1 : -1)];
    return next && cellsOf(next)[place];
  }
  document.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (!cell.matches?.("table[data-grid] tbody td")) return;
    if (["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) {
      const next = step(cell, event.key);
      event.preventDefault();
      if (next) rove(next);
    } else if (event.key === "F2" || (event.key === "Enter" && !cell.querySelector("a[data-drawer]"))) {
      event.preventDefault();
      change(cell);
    } else if (event.key === "Enter") {
      event.preventDefault();
      cell.querySelector("a").click();
    }
  });

  // ---- one pencil goes to the cell that is looked at -----------------------------------------------------------------
  const pencil = Object.assign(document.createElement("button"), { type: "button", className: "cell-edit", textContent: "✎", tabIndex: -1 });
  pencil.addEventListener("click", (event) => {
    event.stopPropagation();
    change(pencil.parentElement);
  });
  for (const name of ["mouseover", "focusin"]) {
    document.addEventListener(name, (event) => {
      const cell = event.target.closest?.("table[data-grid] td[data-edit]");
      if (!cell || pencil.parentElement === cell) return;
      pencil.setAttribute("aria-label", `${grid().dataset.change}: ${cell.dataset.label}`);
      cell.append(pencil);
    });
  }

  // ---- changing a value: Escape leaves it, Enter keeps it, Tab keeps it and goes on ---------------------------------
  function change(cell) {
    if (!cell?.matches("[data-edit]") || document.querySelector("td.editing")) return;
    const { cells, columns, picks } = grid().dataset;
    const field = columns.split(",")[cell.cellIndex - (picks === undefined ? 0 : 1)];
    const address = cells.replace("{id}", cell.parentElement.id.slice(4)).replace("{field}", field);
    pencil.remove();
    held = cell.outerHTML;
    const values = { "-columns": columns, "-picks": picks === undefined ? "" : "1" };
    // The cell asks itself: while it waits, the list is not drawn anew below it.
    htmx.ajax("GET", address, { source: cell, target: cell, swap: "outerHTML", values });
  }
  document.addEventListener("dblclick", (event) => change(event.target.closest("table[data-grid] td[data-edit]")));
  function leave(cell) {
    const place = placeOf(cell);
    cell.outerHTML = held;
    rove(cellAt(place));
  }
  document.addEventListener("click", (event) => {
    const cell = event.target.closest("[data-cancel]")?.closest("td.editing");
    if (cell) leave(cell);
  });
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.("td.editing");
    if (!cell) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      leave(cell);
    } else if (event.key === "Tab" && !event.target.matches("button")) {
      const all = [...grid().querySelectorAll("td[data-edit], td.editing")];
      wanted = placeOf(all[all.indexOf(cell) + (event.shiftKey ? -1 : 1)] ?? cell);
      event.preventDefault();
      cell.querySelector("form").requestSubmit();
    }
  }, true);
  document.addEventListener("htmx:beforeRequest", (event) => {
    const cell = event.target.closest?.("td.editing");
    if (cell && !wanted) wanted = placeOf(cell);
  });
  document.addEventListener("htmx:afterSettle", () => {
    dress();
    const editing = document.querySelector("td.editing");
    if (editing) {
      wanted = null;
      editing.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
      return;
    }
    // The list may have been drawn anew below the cell that somebody stood on.
    const lost = document.activeElement === document.body ? last : null;
    const cell = cellAt(wanted ?? lost);
    wanted = null;
    if (!cell) return;
    cell.closest("tr").querySelectorAll("td:not(.pick-cell)").forEach((one) => one.hasAttribute("tabindex") || one.setAttribute("tabindex", "-1"));
    rove(cell);
  });

  // ---- order by several columns: shift and click ---------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const link = event.shiftKey && event.target.closest("th a[data-add]");
    if (!link) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    htmx.ajax("GET", link.dataset.add, { target: "#list", swap: "outerHTML" });
  }, true);

  // ---- widths, by pointer or by the arrow keys on the handle ------------------------------------------------------------
  function widths(table) {
    if (!matchMedia("(min-width: 761px)").matches) return;
    for (const head of table.tHead.querySelectorAll("th[data-column]")) {
      const column = table.querySelector(`col[data-column="${CSS.escape(head.dataset.column)}"]`);
      const set = (pixels) => column.setAttribute("width", Math.max(60, Math.min(900, Math.round(pixels))));
      const handle = document.createElement("span");
      handle.className = "width-handle";
      head.append(handle);
      handle.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        const from = event.clientX;
        const width = head.offsetWidth;
        handle.setPointerCapture(event.pointerId);
        handle.classList.add("dragging");
        const drag = (move) => set(width + move.clientX - from);
        handle.addEventListener("pointermove", drag);
        handle.addEventListener("pointerup", () => {
          handle.removeEventListener("pointermove", drag);
          handle.classList.remove("dragging");
          remember(table, column);
        }, { once: true });
      });
    }
    pin(table);
  }
  function remember(table, column) {
    const body = new URLSearchParams({ view: table.dataset.view, [`w.${column.dataset.column}`]: column.getAttribute("width") });
    const token = document.querySelector('meta[name="csrf-token"]').content;
    fetch(table.dataset.widths, { method: "POST", headers: { "X-CSRFToken": token }, body });
    pin(table);
  }
  function pin(table) {
    let left = 0;
    for (const head of table.tHead.querySelectorAll("th[data-pinned]")) {
      const place = head.cellIndex;
      for (const row of table.rows) {
        if (row.cells[place]?.matches("[data-pinned]")) row.cells[place].style.left = `${left}px`;
      }
      left += head.offsetWidth;
    }
  }

  // ---- panels: columns are dragged into place, conditions follow what is chosen -------------------------------------------
  function panels(root) {
    for (const list of root.querySelectorAll("[data-sortable]")) {
      if (window.Sortable) Sortable.create(list, { animation: 120, filter: "select, input", preventOnFilter: false });
      list.querySelectorAll("[data-up]").forEach((button) => { button.hidden = false; });
    }
    root.querySelectorAll(".criteria .no-script").forEach((button) => { button.hidden = true; });
  }
  document.addEventListener("click", (event) => {
    const line = event.target.closest("[data-up]")?.closest("li");
    if (!line) return;
    line.previousElementSibling?.before(line);
    line.querySelector("[data-up]").focus();
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".criteria [data-refresh]")) return;
    const { form } = event.target;
    const act = document.createElement("button");
    act.name = "-act";
    act.value = "change";
    act.hidden = true;
    form.append(act);
    act.click();
  });
  // What is typed while the answer to a choice is on its way must not be lost with it.
  const typed = new Map();
  document.addEventListener("input", (event) => {
    if (event.target.matches(".criteria input, .criteria textarea")) typed.set(event.target.name, event.target.value);
  });
  document.addEventListener("htmx:beforeRequest", (event) => event.target.matches(".criteria") && typed.clear());
  document.addEventListener("htmx:afterSwap", () => {
    for (const [name, value] of typed) {
      const input = document.querySelector(`.criteria [name="${CSS.escape(name)}"]`);
      if (input) input.value = value;
      input?.focus();
    }
  });
  document.addEventListener("steerway:load", (event) => panels(event.detail.parentElement ?? document));
  document.addEventListener("steerway:fresh", (event) => {
    panels(event.detail);
    dress();
  });
  panels(document);
  dress();
})();
