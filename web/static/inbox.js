// The inbox by keyboard: J and K walk over the alerts; on one of them O, A, S and W press its buttons.
(() => {
  "use strict";
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog, .menu")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const here = event.target.closest(".notice");
    if (step[key] && (here || key.length === 1)) {
      const all = [...document.querySelectorAll(".notice")];
      const next = all[here ? all.indexOf(here) + step[key] : 0];
      if (!next) return;
      event.preventDefault();
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    } else if (here && !event.repeat) {
      const button = here.querySelector(`[data-notice-key="${CSS.escape(key)}"]`);
      if (!button) return;
      event.preventDefault();
      button.click();
    }
  });
})();
