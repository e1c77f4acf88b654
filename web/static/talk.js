// Behind an @ in a comment: a list of the people who may see the record, walked by arrow keys. It works without, too.
(() => {
  "use strict";
  const WORD = /(^|[^\p{L}\p{N}._@-])@([^\s@]{0,40})$/u;
  let open = null;
  let asked = 0;

  function close() {
    open?.list.remove();
    open?.area.removeAttribute("aria-activedescendant");
    open = null;
  }

  function choose(person) {
    const { area, start } = open;
    const text = `@${person.sign_in} `;
    area.setRangeText(text, start, area.selectionStart, "end");
    close();
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function mark(index) {
    open.index = index;
    [...open.list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    open.area.setAttribute("aria-activedescendant", open.list.children[index].id);
  }

  function show(area, start, people) {
    close();
    if (!people.length) return;
    const list = document.createElement("ul");
    list.className = "mention-list plain";
    list.id = "mention-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "@");
    people.forEach((person, place) => {
      const option = document.createElement("li");
      option.id = `mention-${place}`;
      option.setAttribute("role", "option");
      option.textContent = person.name === person.sign_in ? person.name : `${person.name} · ${person.sign_in}`;
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(person);
      });
      list.append(option);
    });
    area.after(list);
    area.setAttribute("aria-controls", list.id);
    open = { area, start, list, people, index: 0 };
    mark(0);
  }

  async function ask(area) {
    const found = area.value.slice(0, area.selectionStart).match(WORD);
    if (!found) return close();
    const mine = ++asked;
    const url = new URL(area.dataset.mentions, location.href);
    url.searchParams.set("q", found[2]);
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (mine !== asked || !answer.ok) return;
    show(area, area.selectionStart - found[2].length - 1, (await answer.json()).results);
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-mentions]") && event.isTrusted) ask(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (!open || event.target !== open.area) return;
    const count = open.people.length;
    if (event.key === "ArrowDown") mark((open.index + 1) % count);
    else if (event.key === "ArrowUp") mark((open.index + count - 1) % count);
    else if (event.key === "Enter" || event.key === "Tab") choose(open.people[open.index]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.addEventListener("focusout", (event) => {
    if (open && event.target === open.area) close();
  });
})();
