// Builds web/static/vendor (and axe-core for the tests) from node_modules; run by `make vendor`.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { build } from "esbuild";
import postcss from "postcss";

const here = import.meta.dirname;
const out = path.join(here, "../static/vendor");
const testOut = path.join(here, "../../tests/support/vendor");
const modules = path.join(here, "node_modules");
const dependencies = JSON.parse(read(path.join(here, "package.json"))).dependencies;

const manifest = {};
const rows = [];

function read(file) {
  return fs.readFileSync(file, "utf8");
}

function meta(name) {
  return JSON.parse(read(path.join(modules, name, "package.json")));
}

function lines(file) {
  return read(path.join(here, file)).split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
}

/** Writes a file whose name changes with its text, so that browsers may keep it for ever. */
function put(name, extension, version, text, sources, { ours = false } = {}) {
  const clean = text.replace(/\n?\/[/*][#@] ?sourceMappingURL=[^\n]*/g, "").trimEnd() + "\n";
  // What we put together ourselves may change while the library's version stays.
  const digest = ours ? `-${createHash("sha256").update(clean).digest("hex").slice(0, 8)}` : "";
  const file = `${name}-${version}${digest}.${extension}`;
  fs.writeFileSync(path.join(out, file), clean);
  manifest[`${name}.${extension.replace("min.", "")}`] = file;
  rows.push([file, clean.length, zlib.gzipSync(clean, { level: 9 }).length, sources]);
}

function keepLicence(name) {
  const folder = path.join(modules, name);
  const found = fs.readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  const kept = `${name.replace("@", "").replace("/", "-")}.txt`;
  // htmx and Tabler say their licence in package.json and in the file's head only.
  const text = found ? read(path.join(folder, found)) : `${name} ${meta(name).version}: ${meta(name).license}\n`;
  fs.writeFileSync(path.join(out, "licences", kept), text);
}

function trimmed(css) {
  const unused = lines("unused.txt").map((pattern) => new RegExp(pattern));
  const isUnused = (selector) =>
    (selector.match(/\.[A-Za-z_][\w-]*/g) ?? []).some((name) => unused.some((one) => one.test(name.slice(1))));
  const tree = postcss.parse(css);
  tree.walkRules((rule) => {
    if (rule.parent.type === "atrule" && /keyframes$/.test(rule.parent.name)) return;
    const kept = rule.selectors.filter((selector) => !isUnused(selector));
    if (kept.length === 0) rule.remove();
    else if (kept.length < rule.selectors.length) rule.selectors = kept;
  });
  tree.walkAtRules((rule) => {
    if (rule.nodes && rule.nodes.length === 0) rule.remove();
  });
  return tree.toString();
}

/** The rules of Tabler's add-on stylesheet that dress Tom Select. */
function tomSelectTheme(css) {
  const tree = postcss.parse(css);
  tree.walkRules((rule) => {
    const kept = rule.selectors.filter((selector) => /\.ts-|\.plugin-/.test(selector));
    if (kept.length === 0) rule.remove();
    else rule.selectors = kept;
  });
  tree.walkAtRules((rule) => {
    if (!rule.nodes || rule.nodes.length === 0) rule.remove();
  });
  tree.walkComments((comment) => comment.remove());
  return tree.toString();
}

function sprite() {
  const symbols = lines("icons.txt").map((name) => {
    const svg = read(path.join(modules, "@tabler/icons/icons/outline", `${name}.svg`));
    const inner = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[\s\S]*?>/, "").replace("</svg>", "");
    const strokes = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
    return `<symbol id="${name}" viewBox="0 0 24 24" ${strokes}>${inner.replace(/\s*\n\s*/g, "").trim()}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>`;
}

async function editor() {
  const result = await build({
    entryPoints: [path.join(here, "editor.js")],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2020",
    legalComments: "none",
  });
  return result.outputFiles[0].text;
}

fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(path.join(out, "licences"), { recursive: true });
fs.mkdirSync(testOut, { recursive: true });

const tabler = meta("@tabler/core").version;
const tomSelect = meta("tom-select").version;
const dist = (name) => read(path.join(modules, name));
put("htmx", "min.js", meta("htmx.org").version, dist("htmx.org/dist/htmx.min.js"), "htmx.org");
put("tabler", "min.css", tabler, trimmed(dist("@tabler/core/dist/css/tabler.min.css")), "@tabler/core, less unused.txt", {
  ours: true,
});
put("tabler", "min.js", tabler, dist("@tabler/core/dist/js/tabler.min.js"), "@tabler/core (with Bootstrap and Popper)");
put("tom-select", "min.js", tomSelect, dist("tom-select/dist/js/tom-select.base.min.js"), "tom-select");
put(
  "tom-select",
  "min.css",
  tomSelect,
  dist("tom-select/dist/css/tom-select.bootstrap5.min.css") +
    "\n" +
    tomSelectTheme(dist("@tabler/core/dist/css/tabler-vendors.min.css")),
  "tom-select, @tabler/core",
  { ours: true },
);
put("sortable", "min.js", meta("sortablejs").version, dist("sortablejs/Sortable.min.js"), "sortablejs");
put("icons", "svg", meta("@tabler/icons").version, sprite(), "@tabler/icons, those of icons.txt", { ours: true });
put("editor", "min.js", `codemirror-${meta("@codemirror/view").version}`, await editor(), "CodeMirror 6 with editor.js", { ours: true });

for (const name of Object.keys(dependencies)) keepLicence(name);
for (const old of fs.readdirSync(testOut)) fs.rmSync(path.join(testOut, old));
fs.writeFileSync(path.join(testOut, `axe-${meta("axe-core").version}.min.js`), dist("axe-core/axe.min.js"));
fs.copyFileSync(path.join(modules, "axe-core/LICENSE"), path.join(testOut, "axe-LICENCE.txt"));

fs.writeFileSync(path.join(out, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
const kb = (bytes) => (bytes / 1000).toFixed(1);
const table = rows.map(([file, size, zipped, from]) => `| ${file} | ${kb(size)} | ${kb(zipped)} | ${from} |`);
const licences = Object.keys(dependencies).map((name) => `| ${name} | ${meta(name).version} | ${meta(name).license} |`);
const note = read(path.join(here, "README.in.md"));
fs.writeFileSync(
  path.join(out, "README.md"),
  note.replace("@FILES@", table.join("\n")).replace("@LICENCES@", licences.join("\n")),
);
for (const row of rows) console.log(row.slice(0, 3).join("  "));
