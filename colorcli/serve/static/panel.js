// What is beside the photograph: the colour at a place, the look of the whole, and variants.

import * as api from "./api.js";
import { NEUTRAL } from "./dots.js";

const VARIANTS = 4, SMALL = 280; // pixels a side

export class Chooser {
  // `take(colour, what)` and `remove()` do what is chosen.
  constructor(one, after, take, remove) {
    Object.assign(this, { guide: one("guide"), box: one("chooser"), likely: one("likely"), picker: one("picker") });
    Object.assign(this, { after, take, neutral: one("neutral"), keep: one("keep"), delete: one("remove") });
    this.picker.oninput = () => take(this.picker.value, "picker");
    this.neutral.onclick = () => take(NEUTRAL);
    this.keep.onclick = () => take("keep");
    this.delete.onclick = remove;
  }

  // Offers colours for a place; resolves when they are there.
  async offer(photograph, place, look) {
    this.place = place;
    this.picker.value = colourAt(this.after, place, photograph);
    this.likely.replaceChildren();
    const colours = await api.likely(photograph.key, place.x, place.y, look);
    if (this.place !== place) return;
    this.likely.replaceChildren(...colours.map((colour, index) => this.swatch(colour, index)));
    this.mark(this.colour);
  }

  swatch(colour, index) {
    const button = document.createElement("button");
    button.style.background = colour;
    button.dataset.colour = colour;
    button.ariaLabel = `Likely colour ${index + 1}: ${colour}`;
    button.title = `${colour} (${index + 1})`;
    button.onclick = () => this.take(colour);
    return button;
  }

  // Shows what the chosen hint says; null: the place has no hint yet; undefined: nothing is chosen.
  mark(colour) {
    this.colour = colour;
    this.box.hidden = colour === undefined;
    this.guide.hidden = !this.box.hidden;
    this.delete.disabled = colour === null;
    this.neutral.ariaPressed = colour === NEUTRAL;
    this.keep.ariaPressed = colour === "keep";
    for (const swatch of this.likely.children) swatch.ariaPressed = swatch.dataset.colour === colour;
    if (colour?.startsWith("#")) this.picker.value = colour;
  }

  pressNumber(number) { this.likely.children[number - 1]?.click(); }
}

export class Sliders {
  constructor(one, change) {
    this.inputs = Object.fromEntries(["saturation", "strength", "temperature"].map(name => [name, one(name)]));
    this.outputs = Object.fromEntries(Object.keys(this.inputs).map(name => [name, one(`${name}-value`)]));
    Object.assign(this, { part: one("temperature-part"), note: one("temperature-note") });
    for (const name of ["saturation", "strength"]) {
      this.inputs[name].oninput = event => change(name, Number(event.target.value));
    }
    this.inputs.temperature.oninput = event => {
      const halvings = Number(event.target.value);
      change("temperature", halvings ? Number((this.usual * 2 ** halvings).toFixed(3)) : null);
    };
  }

  // The model's own temperature; null hides the slider.
  begin(usual) {
    this.usual = usual;
    this.part.hidden = this.note.hidden = usual === null;
  }

  show({ saturation, strength, temperature }) {
    const at = { saturation, strength, temperature: temperature === null ? 0 : Math.log2(temperature / this.usual) };
    const told = { saturation: percent(saturation), strength: percent(strength), temperature: (temperature ?? this.usual)?.toFixed(2) };
    for (const [name, input] of Object.entries(this.inputs)) {
      input.value = at[name];
      this.outputs[name].textContent = told[name];
      input.ariaValueText = told[name];
    }
  }
}

export class Variants {
  constructor(one, choose) {
    Object.assign(this, { part: one("variants-part"), box: one("variants"), more: one("more"), choose, seed: -1 });
    this.clear();
  }

  clear() {
    this.seed = -1;
    this.showing = null;
    this.box.replaceChildren();
    this.more.textContent = "Show other plausible colours";
  }

  // The next few, each as soon as it is there.
  async showMore(photograph, { hints, look }) {
    const showing = this.showing = {};
    this.seed += 1;
    this.more.disabled = true;
    this.box.replaceChildren();
    try {
      const all = Array.from({ length: VARIANTS }, (_, index) => ({ number: index + 1, count: VARIANTS, seed: this.seed }));
      for (const variant of [null, ...all]) {
        const picture = await api.painting(photograph.key, hints, { ...look, variant }, SMALL);
        if (this.showing !== showing) return;
        this.box.append(this.tile(variant, picture));
        this.mark(look.variant);
      }
    } finally {
      this.more.disabled = false;
      this.more.textContent = "Show others";
    }
  }

  tile(variant, picture) {
    const button = document.createElement("button"), image = new Image(), label = document.createElement("span");
    image.src = URL.createObjectURL(picture);
    image.onload = () => URL.revokeObjectURL(image.src);
    image.alt = "";
    label.textContent = variant ? variant.number : "The model's answer";
    button.ariaLabel = variant ? `Variant ${variant.number}` : "The model's answer";
    button.dataset.variant = JSON.stringify(variant);
    button.onclick = () => this.choose(variant);
    button.append(image, label);
    return button;
  }

  mark(variant) {
    for (const tile of this.box.children) tile.ariaPressed = tile.dataset.variant === JSON.stringify(variant);
  }
}

const percent = share => `${Math.round(100 * share)}%`;

// #rrggbb of a picture at a pixel of the photograph that it shows.
function colourAt(picture, { x, y }, { width, height }) {
  if (!picture.naturalWidth) return NEUTRAL;
  const canvas = new OffscreenCanvas(1, 1).getContext("2d");
  const [across, down] = [(x + 0.5) / width * picture.naturalWidth, (y + 0.5) / height * picture.naturalHeight];
  canvas.drawImage(picture, Math.floor(across), Math.floor(down), 1, 1, 0, 0, 1, 1);
  return "#" + [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)].map(level => level.toString(16).padStart(2, "0")).join("");
}
