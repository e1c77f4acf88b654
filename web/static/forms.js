// Forms: tabs, what conditions show and hide, rows of tables, cells pasted from a spreadsheet. Forms work without it.
(() => {
  "use strict";
  const form = document.getElementById("record-form");
  if (!form) return;
  const $$ = (selector, root = form) => [...root.querySelectorAll(selector)];

  // ---- tabs: one page at a time; arrows walk; the server learns which one was open ---------------------------------
  const tabs = () => $$(".form-tab");
  const openTabs = () => tabs().filter((tab) => !tab.hidden);

  function open(key, focus = false) {
    for (const tab of tabs()) {
      const chosen = tab.dataset.tab === key;
      tab.classList.toggle("active", chosen);
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen && focus) tab.focus();
    }
    for (const page of $$(".form-page[data-paging=tabs]")) {
      page.classList.toggle("active", page.dataset.page === key);
      page.hidden = page.dataset.page !== key;
    }
    document.getElementById("form-page").value = key;
  }

  function dressTabs() {
    const list = form.querySelector(".form-tabs");
    if (!list) return;
    list.setAttribute("role", "tablist");
    for (const tab of tabs()) {
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", `page-${tab.dataset.tab}`);
    }
    for (const page of $$(".form-page[data-paging=tabs]")) {
      page.setAttribute("role", "tabpanel");
      page.setAttribute("aria-labelledby", `tab-${page.dataset.page}`);
    }
    open((list.querySelector(".form-tab.active") ?? openTabs()[0])?.dataset.tab);
  }

  form.addEventListener("click", (event) => {
    const tab = event.target.closest(".form-tab");
    if (tab) {
      event.preventDefault();
      open(tab.dataset.tab);
    }
    const link = event.target.closest('.alert a[href^="#"]');
    if (link) reveal(document.getElementById(link.getAttribute("href").slice(1)), event);
  });
  form.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -99, End: 99 }[event.key];
    if (!step || !event.target.closest(".form-tab")) return;
    event.preventDefault();
    const shown = openTabs();
    const here = shown.indexOf(event.target.closest(".form-tab"));
    const next = Math.abs(step) === 1 ? (here + step + shown.length) % shown.length : step < 0 ? 0 : shown.length - 1;
    open(shown[next].dataset.tab, true);
  });

  // A link in the summary of faults opens the tab and the section that hold the field.
  function reveal(target, event) {
    if (!target) return;
    event?.preventDefault();
    const page = target.closest(".form-page[data-paging=tabs]");
    if (page) open(page.dataset.page);
    const section = target.closest("details");
    if (section) section.open = true;
    const select = target.tomselect?.control_input ?? target;
    select.focus();
    select.scrollIntoView({ block: "center" });
  }

  // ---- conditions: what is hidden and shown, without taking the field from under somebody's hands -------------------
  document.addEventListener("steerway:standing", (event) => {
    for (const id of event.detail.shown) stand(id, true);
    for (const id of event.detail.hidden) stand(id, false);
    const shown = openTabs();
    if (shown.length && !shown.some((tab) => tab.classList.contains("active"))) open(shown[0].dataset.tab);
  });
  function stand(id, seen) {
    const part = document.getElementById(id);
    if (part) part.hidden = !seen;
  }

  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    const held = target.contains(document.activeElement) && document.activeElement;
    const fresh = fragment.querySelector("input:not([type=hidden]), select, textarea");
    if (!held || !fresh || !/^(INPUT|SELECT|TEXTAREA)$/.test(held.tagName)) return;
    event.detail.shouldSwap = false;
    const label = fragment.querySelector("label");
    const old = target.querySelector("label");
    if (label && old) old.replaceChildren(...label.childNodes);
    if (fresh.hasAttribute("aria-required")) held.setAttribute("aria-required", "true");
    else held.removeAttribute("aria-required");
  });

  // ---- tables: rows that nobody touched are not sent again; their marker is enough ------------------------------------
  const note = (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row) row.dataset.dirty = "";
  };
  form.addEventListener("input", note);
  form.addEventListener("change", note);
  const untouched = () => $$("tr[data-row]:not([data-new]):not([data-dirty]):not(.removed)").map((row) => `${row.closest("[data-table]").dataset.table}__${row.dataset.row}__`);

  function thin(data) {
    const prefixes = new Set(untouched());
    if (!prefixes.size) return;
    for (const name of [...new Set([...data.keys()])]) {
      const [table, row] = name.split("__", 2);
      if (row && prefixes.has(`${table}__${row}__`)) data.delete(name);
    }
  }
  form.addEventListener("formdata", (event) => thin(event.formData));
  document.addEventListener("htmx:configRequest", (event) => {
    if (!form.contains(event.target)) return;
    thin(event.detail.formData);
  });

  document.addEventListener("steerway:focus", (event) => {
    const row = document.getElementById(event.detail.id);
    (row?.querySelector("td input:not([type=hidden]), td select, td textarea") ?? row)?.focus();
  });

  // ---- paste: several cells become rows, read and judged by the server ------------------------------------------------
  form.addEventListener("paste", (event) => {
    const cell = event.target.closest(".sub-rows td[data-column]");
    const text = cell && cells(event.clipboardData);
    if (!text || !/[\t\n]/.test(text)) return;
    const table = cell.closest("[data-table]");
    const go = table.querySelector("[data-paste-go]");
    if (!go) return;
    event.preventDefault();
    table.querySelector("[data-paste]").value = text;
    table.querySelector("[data-paste-first]").value = cell.dataset.column;
    go.click();
  });

  function cells(data) {
    const html = data.getData("text/html");
    const table = html && new DOMParser().parseFromString(html, "text/html").querySelector("table");
    if (!table) return data.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    return [...table.rows].map((row) => [...row.cells].map((cell) => quoted(cell.textContent.trim())).join("\t")).join("\n");
  }
  const quoted = (text) => (/[\t\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

  dressTabs();
})();
