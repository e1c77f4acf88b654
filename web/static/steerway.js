// The small helpers of every page: menus, drawer and dialog, shortcuts, theme. Every page works without them.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const words = () => $("#words").dataset;

  // ---- what the browser knows better: in which time zone somebody sits ---------------------------------------------
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  for (const box of document.querySelectorAll("[data-time-zone]")) {
    box.value ||= timeZone;
  }
  if (timeZone && !document.cookie.split("; ").includes(`zone=${timeZone}`)) {
    document.cookie = `zone=${timeZone}; path=/; max-age=31536000; SameSite=Lax`;
  }

  // ---- menus: one open at a time; a click elsewhere or Escape closes --------------------------------------------
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open]") ?? $("details.menu[open]");
    if (menu) {
      menu.open = false;
      $("summary", menu).focus();
      event.preventDefault();
    }
    $("#side")?.classList.remove("open");
  });

  // ---- side bar on a phone ---------------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-side]");
    if (opener) {
      event.preventDefault();
      $("#side").classList.add("open");
      $("#side a").focus();
    } else if (event.target.closest(".side-shade")) {
      event.preventDefault();
      $("#side").classList.remove("open");
    }
  });

  // ---- shortcuts: Ctrl/Cmd K searches everything, / searches the list ---------------------------------------------
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable], dialog");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      $("[data-search-all]")?.focus();
    } else if (event.key === "/" && !typing && $("[data-search-here]")) {
      event.preventDefault();
      $("[data-search-here]").focus();
    }
  });

  // Arrow keys walk down the titles of a list.
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const link = event.target.closest?.("td.title a");
    if (!step || !link) return;
    const links = [...document.querySelectorAll("td.title a")];
    const next = links[links.indexOf(link) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });

  // ---- drawer: a record beside its list, with its own address -----------------------------------------------------
  const drawer = $("#drawer");
  let listAddress = location.href;
  // The page that is shown, whatever place of it: a link to a place must not load it anew, with all that was typed lost.
  const page = () => location.pathname + location.search;
  let shown = page();
  for (const name of ["htmx:pushedIntoHistory", "htmx:replacedInHistory"]) {
    document.addEventListener(name, () => { shown = page(); });
  }

  const wide = () => matchMedia("(min-width: 761px)").matches;
  const plainClick = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

  async function load(address) {
    document.body.classList.add("loading");
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true", "HX-Target": "drawer" } });
      const redirect = answer.headers.get("HX-Redirect");
      if (redirect) return void (location.href = redirect);
      drawer.innerHTML = await answer.text();
      htmx.process(drawer);
      document.dispatchEvent(new CustomEvent("steerway:load", { detail: drawer }));
      if (!drawer.open) drawer.showModal();
      drawer.scrollTop = 0;
    } catch {
      location.href = address;
    } finally {
      document.body.classList.remove("loading");
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-drawer]");
    if (!link || !drawer || !wide() || !plainClick(event)) return;
    event.preventDefault();
    if (!drawer.open) listAddress = location.href;
    history.pushState({ drawer: link.href }, "", link.href);
    shown = page();
    load(link.href);
  });

  drawer?.addEventListener("click", (event) => {
    if (event.target === drawer || event.target.closest("[data-close-drawer]")) {
      event.preventDefault();
      drawer.close();
    }
  });
  drawer?.addEventListener("close", () => {
    drawer.replaceChildren();
    if (location.href !== listAddress) history.pushState({}, "", listAddress);
    shown = page();
  });
  addEventListener("popstate", (event) => {
    const stays = page() === shown;
    shown = page();
    if (stays && !event.state?.drawer && !drawer?.open) return;
    if (event.state?.drawer) load(event.state.drawer);
    else if (drawer?.open) {
      listAddress = location.href;
      drawer.close();
    } else location.reload();
  });

  // ---- dialog and toasts, for other modules ------------------------------------------------------------------------
  const dialog = $("#dialog");

  function openDialog(html) {
    dialog.innerHTML = html;
    htmx.process(dialog);
    document.dispatchEvent(new CustomEvent("steerway:load", { detail: dialog }));
    if (!dialog.open) dialog.showModal();
  }
  dialog?.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close-dialog]")) {
      event.preventDefault();
      dialog.close();
    }
  });

  function say(text) {
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.textContent = text;
    $("#toasts").append(toast);
    fade(toast);
  }
  function fade(toast) {
    setTimeout(() => toast.remove(), toast.querySelector("form") ? 12000 : 6000);
  }
  document.querySelectorAll("#toasts .toast").forEach(fade);

  window.steerway = { openDialog, say, words };

  // ---- theme: at once, then kept by the server ----------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-theme-choice]");
    if (choice) document.documentElement.dataset.theme = choice.value;
  });

  // ---- a summary of errors takes the focus, so that it is read out ---------------------------------------------------
  document.addEventListener("htmx:afterSwap", (event) => {
    $("[data-focus]", event.target)?.focus();
  });
  document.addEventListener("htmx:sendError", () => say(words().offline));
  document.addEventListener("htmx:afterSettle", (event) => {
    document.dispatchEvent(new CustomEvent("steerway:load", { detail: event.target }));
    showTab();
  });
  $("[data-focus]")?.focus();

  // ---- the tab of the page or view at hand is in sight, however many there are -------------------------------------------
  function showTab() {
    for (const tab of document.querySelectorAll(".view-tabs [aria-current], .tabs [aria-current], .part-nav [aria-current]")) {
      const row = tab.parentElement.getBoundingClientRect();
      const place = tab.getBoundingClientRect();
      if (place.left < row.left || place.right > row.right) tab.parentElement.scrollLeft += place.left - row.left - 24;
    }
  }
  showTab();

  // ---- colours: the picker writes into the text beside it ---------------------------------------------------------------
  document.addEventListener("input", (event) => {
    const target = event.target.dataset?.colorFor && document.getElementById(event.target.dataset.colorFor);
    if (!target) return;
    target.value = event.target.value;
    target.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // ---- leaving with unsaved changes asks first -------------------------------------------------------------------------
  let dirty = false;
  document.addEventListener("input", (event) => {
    if (event.target.closest("form[data-guarded]")) dirty = true;
  });
  document.addEventListener("submit", () => {
    dirty = false;
  });
  addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
})();
