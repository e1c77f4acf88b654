// Picking many records: the box in the head picks the page, the bar counts; a field that is filled in is ticked.
(() => {
  const boxes = () => [...document.querySelectorAll("#list .pick[name='-ids']")];
  const refresh = () => {
    const told = document.querySelector("[data-bulk-count]");
    if (!told) return;
    const count = boxes().filter((box) => box.checked).length;
    told.textContent = count === 1 ? told.dataset.one : told.dataset.many.replace("{count}", count);
    const head = document.querySelector("[data-pick-page]");
    if (head) {
      head.checked = count > 0 && count === boxes().length;
      head.indeterminate = count > 0 && count < boxes().length;
    }
  };
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-pick-page]")) boxes().forEach((one) => { one.checked = box.checked; });
    if (box.matches(".pick")) refresh();
    const field = box.closest(".bulk-field");
    if (field && box.name !== "-set") field.querySelector("[name='-set']").checked = true;
  });
  document.addEventListener("htmx:afterSwap", refresh);
})();
