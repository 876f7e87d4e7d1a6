// The page: which photograph is open, what is chosen on it, and what keys and buttons do.

import * as api from "./api.js";
import { Dots } from "./dots.js";
import { Edits } from "./edits.js";
import { Chooser, Sliders, Variants } from "./panel.js";
import { Strip } from "./strip.js";
import { View } from "./view.js";

const one = id => document.getElementById(id);
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const NO_REFERENCE = one("reference-note").textContent;

let limit = Infinity; // bytes of a photograph that is dropped
let offersVariants = false;
let photograph = null, edits = null;
let chosen = null; // the number of a hint
let open = null; // a place that has no hint yet
let opening = null; // the photograph that was asked for last
let painting = false, outdated = false;

const view = new View(one, (x, y) => choosePlace(dots.inside({ x, y })));
const hand = { choose: chooseHint, move: moveHint, nudge: nudgeHint };
const dots = new Dots(one, view, hand);
const chooser = new Chooser(one, one("after"), take, removeHint);
const sliders = new Sliders(one, (name, value) => edits?.set(name, value));
const variants = new Variants(one, variant => edits.set("variant", variant));
const strip = new Strip(one, openPhotograph);

// Messages

let fading;
function tell(text, wrong = false, link = null) {
  clearTimeout(fading);
  const message = one("message");
  message.textContent = text;
  message.classList.toggle("wrong", wrong);
  if (link) message.append(" ", link);
  if (text && !wrong) fading = setTimeout(() => tell(""), link ? 30000 : 6000);
}

async function trying(work) {
  try {
    return await work();
  } catch (error) {
    tell(error.message, true);
    return undefined;
  }
}

function ask(question) {
  const dialog = one("ask");
  one("question").textContent = question;
  dialog.showModal();
  return new Promise(answered => {
    one("yes").onclick = () => dialog.close("yes");
    one("no").onclick = () => dialog.close("");
    dialog.onclose = () => answered(dialog.returnValue === "yes");
    dialog.returnValue = "";
  });
}

// Opening

async function openPhotograph(key) {
  opening = key;
  [photograph, edits, chosen, open] = [null, null, null, null];
  tell("");
  history.replaceState(null, "", `/#${key}`);
  strip.show(key);
  render();
  busy(true);
  try {
    const [found, before] = [await api.describe(key), await api.before(key)];
    if (opening === key) await begin(found, before);
  } catch (error) {
    if (opening === key) fail(error.message);
  } finally {
    if (opening === key && !painting) busy(false);
  }
}

async function begin(found, before) {
  photograph = found;
  edits = new Edits(found, changed);
  variants.clear();
  one("name").textContent = found.name;
  document.title = `${found.name} · colorcli`;
  one("empty").hidden = true;
  one("zoom").hidden = false;
  await show(one("before"), before);
  one("after").src = one("before").src; // until there is colour
  view.show(found.width, found.height);
  render();
  if (found.fault) tell(found.fault, true);
  else if (edits.found) tell("Your hints that were not saved are here again.");
  await paint();
}

function fail(text) {
  view.hide();
  one("name").textContent = strip.order.find(each => each.key === opening)?.name ?? "";
  one("empty").hidden = false;
  one("empty").classList.add("wrong");
  one("empty").querySelector("p").textContent = text;
  one("zoom").hidden = true;
}

// Asked before it is sent: a server that refuses it half way is not heard by every browser.
function fits(file) {
  if (file.size <= limit) return true;
  tell(`${file.name} has more than ${limit / 1e6} MB (--max-upload of colorcli serve).`, true);
  return false;
}

async function openFile(file) {
  if (!file || !fits(file)) return;
  busy(true);
  const dropped = await trying(() => api.drop(file));
  busy(false);
  if (dropped) await openPhotograph(dropped.key);
}

// A photograph in colour whose colours this one takes on, where both show the same.
async function takeReference(file) {
  if (!file || !edits || !fits(file)) return;
  const { key } = photograph, of = edits;
  busy(true);
  const found = await trying(() => api.reference(key, file));
  busy(false);
  if (!found || of !== edits) return;
  if (found.alike) edits.set("reference", { key: found.key, name: file.name });
  else tell(`There is nothing alike in ${file.name}; the colours stay as they are.`, true);
}

// Painting

function busy(on) {
  one("stage").classList.toggle("busy", on);
  one("stage").ariaBusy = on;
}

async function show(image, blob) {
  const old = image.src;
  image.src = URL.createObjectURL(blob);
  await image.decode().catch(() => {}); // another photograph came between
  if (old.startsWith("blob:") && old !== one("before").src) URL.revokeObjectURL(old);
}

// One picture at a time; what changes meanwhile is in the next one.
async function paint() {
  outdated = true;
  if (painting) return;
  painting = true;
  busy(true);
  while (outdated && edits) {
    outdated = false;
    const { key } = photograph, { hints, look } = edits.now;
    const picture = await trying(() => api.painting(key, hints, look));
    if (picture && photograph?.key === key) await show(one("after"), picture);
  }
  painting = false;
  busy(false);
}

function changed() {
  if (chosen !== null && chosen >= edits.hints.length) chosen = null;
  render();
  paint();
}

function render() {
  one("undo").disabled = !edits?.past.length;
  one("redo").disabled = !edits?.future.length;
  one("save").disabled = !edits;
  one("save").textContent = edits?.unsaved ? "Save •" : "Save";
  one("more").disabled = one("reference").disabled = !edits;
  one("no-reference").disabled = !edits?.look.reference;
  one("reference-note").textContent = edits?.look.reference?.name ?? NO_REFERENCE;
  one("variants-part").hidden = one("likely").hidden = !offersVariants;
  if (!edits) {
    chooser.mark(undefined);
    return;
  }
  dots.draw(photograph, edits.hints, chosen, open);
  chooser.mark(open ? null : edits.hints[chosen]?.colour);
  sliders.show(edits.look);
  variants.mark(edits.look.variant);
}

// Hints

async function choosePlace(place) {
  [open, chosen] = [place, null];
  render();
  await trying(() => chooser.offer(photograph, place, edits.look));
}

function chooseHint(index) {
  [open, chosen] = [null, index];
  render();
  return trying(() => chooser.offer(photograph, edits.hints[index], edits.look));
}

function chooseNothing() {
  [open, chosen] = [null, null];
  render();
  one("stage").focus();
}

function take(colour, what) {
  if (open) {
    const hint = { ...open, colour };
    [open, chosen] = [null, edits.hints.length];
    edits.change({ hints: [...edits.hints, hint] }, what);
  } else if (chosen !== null) {
    edits.replace(chosen, { ...edits.hints[chosen], colour }, what);
  }
}

function moveHint(index, place) {
  [open, chosen] = [null, index];
  edits.replace(index, { ...edits.hints[index], ...place }, undefined);
  trying(() => chooser.offer(photograph, place, edits.look));
}

function nudgeHint(index, right, down) {
  const hint = edits.hints[index], { width, height } = photograph;
  chosen = index;
  open = null;
  const x = Math.min(Math.max(hint.x + right, 0), width - 1), y = Math.min(Math.max(hint.y + down, 0), height - 1);
  edits.replace(index, { ...hint, x, y }, `move ${index}`);
}

function removeHint() {
  const index = Number(document.activeElement?.dataset.hint ?? chosen ?? -1);
  if (!edits?.hints[index]) return;
  [open, chosen] = [null, null];
  edits.remove(index);
}

// Saving

async function save(replace = false) {
  if (!edits) return;
  const saving = edits, state = edits.now; // hints may come, and another photograph, while the server works
  const { name, dropped, hintsSha256 } = photograph;
  tell(`Saving ${name} …`);
  try {
    const known = replace || saving.replaces ? null : hintsSha256;
    const said = await api.save(photograph, state.hints, state.look, known);
    saving.replaces = true; // the next one replaces what is our own
    saving.keepSaved(state, dropped ? hintsSha256 : said.hintsSha256);
    if (dropped) download(name, said, state.hints);
    else tell([`Saved as ${said.output}`, ...said.notes].join("\n"));
  } catch (error) {
    tell(error.status === 409 ? "" : error.message, true);
    if (error.status === 409 && await ask(error.message)) await save(true);
  }
  render();
}

// What was dropped has no folder: the browser keeps the result, and the hints if wanted.
function download(name, result, hints) {
  const dot = name.lastIndexOf("."), stem = dot > 0 ? name.slice(0, dot) : name;
  const extension = { "image/jpeg": ".jpg", "image/tiff": ".tif" }[result.type] ?? `.${result.type.split("/").pop()}`;
  link(`${stem}.color${extension}`, result).click();
  if (!hints.length) return tell("The result is among your downloads.");
  const file = new Blob([JSON.stringify({ hints }, null, 1)], { type: "application/json" });
  const keep = link(`${name}.hints.json`, file);
  keep.textContent = "Keep its hints too";
  return tell("The result is among your downloads.", false, keep);
}

function link(name, blob) {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name;
  return anchor;
}

// Buttons, files, keys

Object.entries({
  previous: () => strip.step(-1),
  next: () => strip.step(1),
  undo: () => edits?.undo(),
  redo: () => edits?.redo(),
  save: () => save(),
  open: () => one("file").click(),
  choose: () => one("file").click(),
  "reference": () => one("reference-file").click(),
  "no-reference": () => edits.set("reference", null),
  keys: () => one("help").showModal(),
  in: () => view.zoomBy(1.5),
  out: () => view.zoomBy(1 / 1.5),
  fit: () => view.fit(),
  more: () => trying(() => variants.showMore(photograph, edits.now)),
}).forEach(([id, work]) => { one(id).onclick = work; });

one("file").onchange = event => {
  openFile(event.target.files[0]);
  event.target.value = "";
};
one("reference-file").onchange = event => {
  takeReference(event.target.files[0]);
  event.target.value = "";
};

// Where a file that is dropped goes: null marks neither place.
const isReference = event => Boolean(edits && event.target.closest?.("#reference-part"));
function markDrop(reference) {
  one("stage").classList.toggle("drop", reference === false);
  one("reference-part").classList.toggle("drop", reference === true);
}
addEventListener("dragover", event => {
  event.preventDefault();
  markDrop(isReference(event));
});
addEventListener("dragleave", event => { if (!event.relatedTarget) markDrop(null); });
addEventListener("drop", event => {
  event.preventDefault();
  markDrop(null);
  (isReference(event) ? takeReference : openFile)(event.dataTransfer.files[0]);
});

const BY_KEY = {
  "n": () => strip.step(1),
  "p": () => strip.step(-1),
  "o": () => one("file").click(),
  "g": () => one("neutral").click(),
  "k": () => one("keep").click(),
  "+": () => view.zoomBy(1.5),
  "=": () => view.zoomBy(1.5),
  "-": () => view.zoomBy(1 / 1.5),
  "0": () => view.fit(),
  "?": () => one("help").showModal(),
  "b": () => view.peek(true),
  "Delete": removeHint,
  "Backspace": removeHint,
  "Escape": () => edits && chooseNothing(),
};
const WITH_CONTROL = { "z": () => edits?.undo(), "y": () => edits?.redo(), "s": () => save() };

addEventListener("keydown", event => {
  if (document.querySelector("dialog[open]") || event.altKey) return;
  const control = event.ctrlKey || event.metaKey;
  const work = control ? WITH_CONTROL[again(event) ? "y" : plain(event)] : keyWork(event);
  if (!work) return;
  event.preventDefault();
  work();
});
addEventListener("keyup", event => { if (plain(event) === "b") view.peek(false); });

// Letters as they are without CapsLock.
const plain = event => event.key.length === 1 ? event.key.toLowerCase() : event.key;
const again = event => event.shiftKey && plain(event) === "z";

function keyWork(event) {
  if (document.activeElement === one("stage") && edits) {
    if (event.key in ARROWS) return () => view.moveCursor(...ARROWS[event.key], event.shiftKey);
    if (event.key === "Enter" || event.key === " ") return chooseAtCross;
  }
  if (/^[1-9]$/.test(event.key)) return () => chooser.pressNumber(Number(event.key));
  return BY_KEY[plain(event)];
}

async function chooseAtCross() {
  await choosePlace(dots.inside(view.cursor));
  (one("likely").firstChild ?? one("picker")).focus();
}

// The beginning

await trying(async () => {
  const known = await api.photographs();
  limit = known.upload;
  offersVariants = known.variants;
  sliders.begin(known.temperature);
  strip.begin(known.photographs);
  sliders.show({ saturation: 1, strength: 1, temperature: null });
  const key = location.hash.slice(1) || strip.first;
  history.replaceState(null, "", `/${location.hash}`); // without the token
  render();
  if (key) await openPhotograph(key);
});
