// Files in forms: sent one by one as they are chosen or dropped, with progress; and the pad for signatures.
(() => {
  "use strict";
  const csrf = () => document.querySelector('meta[name="csrf-token"]').content;

  function state(box, text, isBad = false) {
    const line = box.querySelector(".file-state");
    line.hidden = !text;
    line.textContent = text;
    line.classList.toggle("bad", isBad);
  }

  // Sends one file; the promise holds its line for the list, or fails with a sentence.
  function send(box, file, name, report) {
    return new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      request.open("POST", box.dataset.upload);
      request.setRequestHeader("X-CSRFToken", csrf());
      request.setRequestHeader("X-File-Name", encodeURIComponent(name));
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.addEventListener("progress", (event) => report(event.lengthComputable ? event.loaded / event.total : 0));
      request.addEventListener("load", () => {
        if (request.status === 201) done(request.responseText);
        else failed(new Error(request.status === 422 ? request.responseText : box.dataset.failed));
      });
      request.addEventListener("error", () => failed(new Error(box.dataset.failed)));
      request.send(file);
    });
  }

  function add(box, html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const line = holder.content.querySelector("li");
    dressLine(line);
    box.querySelector(".file-list").append(line);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function dressLine(line) {
    line.querySelector(".file-keep").hidden = true;
    line.querySelector("[data-remove-file]").hidden = false;
  }

  // ---- choosing and dropping ---------------------------------------------------------------------------------------
  async function take(box, files) {
    const most = Number(box.dataset.most);
    const largest = Number(box.dataset.mostBytes);
    const troubles = [];
    for (const [index, file] of [...files].entries()) {
      if (most && box.querySelectorAll(".file-line").length >= most) {
        troubles.push(box.dataset.many);
        break;
      }
      if (largest && file.size > largest) {
        troubles.push(`${file.name}: ${box.dataset.large}`);
        continue;
      }
      const label = files.length > 1 ? `${file.name} (${index + 1}/${files.length})` : file.name;
      const bar = document.createElement("progress");
      bar.max = 1;
      bar.setAttribute("aria-label", file.name);
      state(box, `${label} `);
      box.querySelector(".file-state").append(bar);
      try {
        add(box, await send(box, file, file.name, (part) => (bar.value = part)));
      } catch (error) {
        troubles.push(`${file.name}: ${error.message}`);
      }
    }
    state(box, troubles.join(" "), true);
  }

  function dressFiles(box) {
    const input = box.querySelector('input[type="file"]');
    const drop = box.querySelector(".file-drop");
    box.querySelector(".file-hint").hidden = false;
    input.addEventListener("change", async () => {
      const files = [...input.files];
      input.value = "";
      await take(box, files);
    });
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      take(box, event.dataTransfer.files);
    });
  }

  // ---- signing ------------------------------------------------------------------------------------------------------
  function dressPad(box) {
    const pad = box.querySelector("[data-pad]");
    const canvas = pad.querySelector("canvas");
    const pen = canvas.getContext("2d");
    let drawing = false;
    let drawn = false;

    const place = (event) => {
      const edge = canvas.getBoundingClientRect();
      return [((event.clientX - edge.left) * canvas.width) / edge.width, ((event.clientY - edge.top) * canvas.height) / edge.height];
    };
    const clear = () => {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      drawn = false;
    };

    pad.hidden = false;
    clear();
    Object.assign(pen, { lineWidth: 3, lineCap: "round", lineJoin: "round", strokeStyle: "#12306b" });
    canvas.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      drawing = drawn = true;
      pen.beginPath();
      pen.moveTo(...place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drawing) return;
      pen.lineTo(...place(event));
      pen.stroke();
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (drawing = false));
    box.querySelector("[data-clear]").addEventListener("click", clear);
    const use = () =>
      canvas.toBlob(async (picture) => {
        try {
          const line = await send(box, picture, "signature.png", () => {});
          box.querySelector(".file-list").replaceChildren();
          add(box, line);
          clear();
          state(box, "");
        } catch (error) {
          state(box, error.message, true);
        }
      }, "image/png");
    box.querySelector("[data-sign]").addEventListener("click", () => drawn && use());
  }

  // ---- on every page and piece that has them ------------------------------------------------------------------------
  function dress(root) {
    for (const box of root.querySelectorAll("[data-upload]:not([data-dressed])")) {
      box.dataset.dressed = "";
      box.querySelectorAll(".file-line").forEach(dressLine);
      if (box.hasAttribute("data-signature")) dressPad(box);
      else dressFiles(box);
    }
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove-file]");
    if (!button) return;
    const box = button.closest("[data-upload]");
    button.closest(".file-line").remove();
    box.dispatchEvent(new Event("input", { bubbles: true }));
    (box.querySelector('input[type="file"], input[type="text"]') ?? box).focus();
  });
  document.addEventListener("steerway:load", (event) => dress(event.detail));
  dress(document);
})();
