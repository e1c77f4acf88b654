// References and people: a plain text input becomes a search-as-you-type select that asks the server.
(() => {
  "use strict";
  const COPIED = ["id", "name", "aria-invalid", "aria-required", "aria-describedby", "data-watched"];

  async function ask(address, query) {
    const url = new URL(address, location.href);
    url.searchParams.set("q", query);
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).results : [];
  }

  function selectFor(input) {
    const select = document.createElement("select");
    for (const name of COPIED) {
      if (input.hasAttribute(name)) select.setAttribute(name, input.getAttribute(name));
    }
    if (input.hasAttribute("data-multiple")) select.multiple = true;
    else select.append(new Option("", ""));
    for (const [id, title] of chosen(input)) select.append(new Option(title, id, true, true));
    return select;
  }

  function chosen(input) {
    if (input.dataset.chosen) return JSON.parse(input.dataset.chosen);
    return input.dataset.id ? [[input.dataset.id, input.dataset.title]] : [];
  }

  function dress(input) {
    const select = selectFor(input);
    const address = input.dataset.lookup;
    input.replaceWith(select);
    const control = new TomSelect(select, {
      valueField: "id",
      labelField: "title",
      searchField: ["title"],
      maxItems: select.multiple ? null : 1,
      maxOptions: 60,
      preload: "focus",
      loadThrottle: 180,
      placeholder: input.placeholder,
      create: input.hasAttribute("data-create") ? (text) => ({ id: text, title: text }) : false,
      createOnBlur: true,
      persist: false,
      score: () => () => 1,
      // What is no longer there must not be named as the option at hand.
      onItemAdd() { this.clearActiveOption(); },
      load(query, done) {
        this.clearActiveOption();
        this.clearOptions();
        ask(address, query).then(done, () => done([]));
      },
      render: {
        option_create: (data, escape) => `<div class="create">+ ${escape(data.input)}</div>`,
        no_results: () => Object.assign(document.createElement("div"), { className: "no-results", textContent: steerway.words().nothing }),
      },
    });
    finish(control, select);
  }

  function finish(control, select) {
    // The select itself only carries the value; people meet the search box, which has its label.
    select.setAttribute("aria-hidden", "true");
    for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
      if (select.hasAttribute(name)) control.control_input.setAttribute(name, select.getAttribute(name));
    }
    if (select.multiple) {
      control.on("item_add", () => { control.setTextboxValue(""); control.refreshOptions(false); });
      return;
    }
    // An answer that comes late must not open the list again after the choice.
    let chosenAt = 0;
    control.on("item_add", () => { chosenAt = Date.now(); });
    control.on("dropdown_open", () => { if (Date.now() - chosenAt < 600) control.close(false); });
    if (select.getAttribute("aria-required")) return;
    const clear = document.createElement("button");
    clear.type = "button";
    clear.className = "clear-button";
    clear.textContent = "×";
    clear.setAttribute("aria-label", steerway.words().remove);
    clear.hidden = !select.value;
    clear.addEventListener("click", () => control.clear());
    control.on("change", () => { clear.hidden = !select.value; });
    control.wrapper.append(clear);
  }

  function dressAll(root) {
    root.querySelectorAll("input[data-lookup]").forEach((input) => input.closest(".sub-rows") || dress(input));
    root.querySelectorAll("select[data-many]:not(.tomselected)").forEach((select) => finish(new TomSelect(select, { maxOptions: 200 }), select));
  }

  // Tables may have hundreds of them: a cell is dressed when somebody comes to it.
  document.addEventListener("focusin", (event) => {
    const { target } = event;
    if (!target.matches?.(".sub-rows input[data-lookup]")) return;
    const { id } = target;
    dress(target);
    document.getElementById(id)?.tomselect?.focus();
  });

  document.addEventListener("steerway:load", (event) => dressAll(event.detail));
  dressAll(document);
})();
