// Fields that a browser can help with: formatted text, the place where one is, codes read by the camera.
(() => {
  "use strict";

  // ---- formatted text: a small editor over the textarea, which keeps carrying the value ---------------------------
  const MARKS = [
    ["bold", "B", "bold"], ["italic", "I", "italic"], ["heading", "H", "formatBlock", "h3"],
    ["list", "•", "insertUnorderedList"], ["numbers", "1.", "insertOrderedList"],
    ["quote", "❝", "formatBlock", "blockquote"], ["link", "↗", "createLink"], ["plain", "¶", "plain"],
  ];

  function parsed(text) {
    // The server cleaned what it sends; a text typed without tags is text.
    const page = new DOMParser().parseFromString(text, "text/html");
    page.querySelectorAll("script, style, iframe, object, embed, svg, math, img").forEach((one) => one.remove());
    for (const one of page.body.querySelectorAll("*")) {
      for (const attribute of [...one.attributes]) {
        if (!(one.tagName === "A" && attribute.name === "href" && /^(https?:|mailto:)/i.test(attribute.value))) one.removeAttribute(attribute.name);
      }
    }
    return [...page.body.childNodes];
  }

  function paragraphs(text) {
    return text.split(/\n\s*\n/).map((block) => {
      const paragraph = document.createElement("p");
      block.split("\n").forEach((line, place) => paragraph.append(...(place ? [document.createElement("br"), line] : [line])));
      if (!block) paragraph.append(document.createElement("br"));
      return paragraph;
    });
  }

  function act(paper, [name, , command, value], area) {
    paper.focus();
    if (name === "link") {
      const address = window.prompt(area.parentElement.dataset.address, "https://");
      if (address && /^(https?:|mailto:)/i.test(address)) document.execCommand(command, false, address);
    } else if (name === "plain") {
      document.execCommand("removeFormat");
      document.execCommand("unlink");
      document.execCommand("formatBlock", false, "p");
    } else {
      document.execCommand(command, false, value);
    }
    carry(paper, area);
  }

  function carry(paper, area) {
    area.value = paper.textContent.trim() ? paper.innerHTML : "";
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function enrich(box) {
    const area = box.querySelector("textarea");
    if (!area || box.querySelector("[contenteditable]")) return;
    const paper = document.createElement("div");
    paper.contentEditable = "true";
    paper.className = "form-control rich-paper rich-shown";
    paper.setAttribute("role", "textbox");
    paper.setAttribute("aria-multiline", "true");
    paper.setAttribute("aria-labelledby", `${area.id}-label`);
    for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
      if (area.hasAttribute(name)) paper.setAttribute(name, area.getAttribute(name));
    }
    paper.append(...(/<[a-z][^<>]*>/i.test(area.value) ? parsed(area.value) : paragraphs(area.value)));
    const bar = document.createElement("div");
    bar.className = "rich-bar";
    bar.setAttribute("role", "toolbar");
    bar.setAttribute("aria-controls", area.id);
    for (const mark of MARKS) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `rich-mark rich-${mark[0]}`;
      button.dataset.sign = mark[1];
      button.title = box.dataset[mark[0]];
      button.setAttribute("aria-label", box.dataset[mark[0]]);
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => act(paper, mark, area));
      bar.append(button);
    }
    document.execCommand("defaultParagraphSeparator", false, "p");
    paper.addEventListener("input", () => carry(paper, area));
    paper.addEventListener("blur", () => area.dispatchEvent(new Event("change", { bubbles: true })));
    paper.addEventListener("paste", (event) => {
      event.preventDefault();
      document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
    });
    area.addEventListener("focus", () => paper.focus());
    area.classList.add("rich-source");
    area.tabIndex = -1;
    area.setAttribute("aria-hidden", "true");
    box.prepend(bar, paper);
  }

  // ---- where one is ------------------------------------------------------------------------------------------------
  function locate(button) {
    const box = button.closest("[data-location]");
    const [lat, lng] = box.querySelectorAll("input");
    const told = box.querySelector("[role=status]");
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      (found) => {
        lat.value = found.coords.latitude.toFixed(6);
        lng.value = found.coords.longitude.toFixed(6);
        told.textContent = "";
        button.disabled = false;
        lat.dispatchEvent(new Event("change", { bubbles: true }));
      },
      () => { told.textContent = button.dataset.failed; button.disabled = false; },
      { enableHighAccuracy: true, timeout: 10000 },
    );
  }

  // ---- codes, where the browser reads them ---------------------------------------------------------------------------
  async function scan(button) {
    const target = document.getElementById(button.dataset.scan);
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    const dialog = document.createElement("dialog");
    dialog.className = "scanner";
    const video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true, playsInline: true });
    dialog.append(video);
    document.body.append(dialog);
    const end = () => { stream.getTracks().forEach((track) => track.stop()); dialog.remove(); target.focus(); };
    dialog.addEventListener("close", end);
    dialog.addEventListener("click", () => dialog.close());
    dialog.showModal();
    await video.play();
    const detector = new BarcodeDetector({ formats: [button.dataset.formats] });
    while (dialog.open) {
      const [found] = await detector.detect(video).catch(() => []);
      if (found) {
        target.value = found.rawValue;
        target.dispatchEvent(new Event("change", { bubbles: true }));
        dialog.close();
      }
      await new Promise((done) => { setTimeout(done, 150); });
    }
  }

  function dress(root) {
    root.querySelectorAll("[data-rich]").forEach(enrich);
    if (navigator.geolocation && window.isSecureContext) root.querySelectorAll("[data-locate]").forEach((one) => { one.hidden = false; });
    if ("BarcodeDetector" in window && navigator.mediaDevices) root.querySelectorAll("[data-scan]").forEach((one) => { one.hidden = false; });
  }

  document.addEventListener("click", (event) => {
    const locator = event.target.closest("[data-locate]");
    const scanner = event.target.closest("[data-scan]");
    if (locator) locate(locator);
    if (scanner) scan(scanner).catch(() => { scanner.hidden = true; });
  });
  document.addEventListener("steerway:load", (event) => dress(event.detail));
  dress(document);
})();
