// The photographs of the folder, the doubtful ones first, and which of them is open.

import * as api from "./api.js";

const AROUND = 30; // that are shown on either side of the open one
const EVERY = 4000; // ms between looks at what has been found out

export class Strip {
  constructor(one, open) {
    Object.assign(this, { box: one("strip"), turn: one("turn"), place: one("place"), open, order: [], doubts: {} });
  }

  begin(photographs) {
    this.order = photographs;
    this.box.hidden = this.turn.hidden = photographs.length < 2;
    if (photographs.length > 1) this.look();
  }

  // How doubtful each is becomes known little by little.
  async look() {
    try {
      this.doubts = await api.doubts();
      this.order.sort((one, other) => (this.doubts[other.key] ?? -1) - (this.doubts[one.key] ?? -1));
      this.draw();
    } catch { /* the server is away: what is known stays */ }
    if (Object.keys(this.doubts).length < this.order.length) setTimeout(() => this.look(), EVERY);
  }

  get first() { return this.order[0]?.key; }

  show(key) {
    this.key = key;
    this.draw();
    this.box.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  step(by) {
    const next = this.order[this.order.findIndex(one => one.key === this.key) + by];
    if (next && this.order.length > 1) this.open(next.key);
  }

  draw() {
    const at = this.order.findIndex(one => one.key === this.key);
    this.place.textContent = at < 0 || this.order.length < 2 ? "" : `${at + 1} of ${this.order.length}`;
    const focused = this.box.contains(document.activeElement) && document.activeElement.dataset.key;
    const old = new Map([...this.box.children].map(tile => [tile.dataset.key, tile]));
    const shown = this.order.slice(Math.max(0, at - AROUND), at + AROUND + 1);
    const tiles = shown.map(photograph => old.get(photograph.key) ?? this.tile(photograph));
    shown.forEach((photograph, index) => this.label(tiles[index], photograph));
    this.box.replaceChildren(...tiles);
    if (focused) tiles.find(tile => tile.dataset.key === focused)?.focus();
  }

  tile({ key }) {
    const button = document.createElement("button"), image = new Image();
    image.loading = "lazy";
    image.alt = "";
    image.src = api.thumbnail(key);
    button.dataset.key = key;
    button.onclick = () => this.open(key);
    button.append(image, document.createElement("span"));
    return button;
  }

  label(tile, { key, name }) {
    const share = Math.round(100 * (this.doubts[key] ?? 0));
    tile.ariaCurrent = key === this.key;
    tile.title = tile.ariaLabel = share ? `${name}, ${share}% of it doubtful` : name;
    tile.lastChild.textContent = share ? `${share}%` : "";
    tile.lastChild.hidden = !share;
  }
}
