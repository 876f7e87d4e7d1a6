// Hints as dots on the photograph, and as a list beside it.

import { follow } from "./view.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export const NEUTRAL = "#808080";

export function named(colour) {
  return colour === "keep" ? "keep" : colour === NEUTRAL ? "neutral" : colour;
}

export class Dots {
  // `hand` has what may be done: choose(index), move(index, x, y), remove(index).
  constructor(one, view, hand) {
    Object.assign(this, { layer: one("dots"), list: one("hints"), part: one("hints-part"), view, hand });
  }

  // The hints, which of them is chosen, and the place that was clicked and has no colour yet.
  draw(photograph, hints, chosen, open) {
    this.photograph = photograph;
    const focused = document.activeElement?.dataset.hint;
    const inList = this.list.contains(document.activeElement);
    this.layer.replaceChildren(...hints.map((hint, index) => this.dot(hint, index, index === chosen)));
    if (open) {
      const mark = this.mark(open);
      mark.classList.add("open", "chosen");
      this.layer.append(mark);
    }
    this.list.replaceChildren(...hints.map((hint, index) => this.line(hint, index, index === chosen)));
    this.part.hidden = !hints.length;
    if (focused !== undefined) this.focus(Math.min(Number(focused), hints.length - 1), inList);
  }

  focus(index, inList) { (inList ? this.list : this.layer).querySelector(`[data-hint="${index}"]`)?.focus(); }

  mark({ x, y }, tag = "div") {
    const mark = document.createElement(tag);
    mark.className = "dot";
    mark.style.left = `${100 * (x + 0.5) / this.photograph.width}%`;
    mark.style.top = `${100 * (y + 0.5) / this.photograph.height}%`;
    return mark;
  }

  dot(hint, index, chosen) {
    const dot = this.mark(hint, "button");
    dot.classList.toggle("chosen", chosen);
    dot.classList.toggle("keep", hint.colour === "keep");
    if (hint.colour !== "keep") dot.style.background = hint.colour;
    dot.dataset.hint = index;
    dot.ariaLabel = `${this.words(hint, index)}. Arrow keys move it, Delete removes it.`;
    dot.title = named(hint.colour);
    dot.onpointerdown = event => this.drag(dot, index, event);
    dot.onclick = () => this.hand.choose(index);
    dot.onkeydown = event => this.key(event, index);
    return dot;
  }

  line(hint, index, chosen) {
    const item = document.createElement("li"), button = document.createElement("button"), sample = document.createElement("i");
    if (hint.colour !== "keep") sample.style.background = hint.colour;
    button.append(sample, named(hint.colour));
    button.dataset.hint = index;
    button.ariaCurrent = chosen;
    button.ariaLabel = this.words(hint, index);
    button.onclick = () => this.hand.choose(index);
    item.append(button);
    return item;
  }

  words(hint, index) {
    const { width, height } = this.photograph;
    return `Hint ${index + 1}: ${named(hint.colour)}, ${Math.round(100 * hint.x / width)}% from the left, `
      + `${Math.round(100 * hint.y / height)}% from the top`;
  }

  // The dot goes along at once; the hint is moved as often as the picture can follow.
  drag(dot, index, event) {
    event.stopPropagation();
    let moved = false;
    follow(dot, event, now => {
      if (!moved && Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY) < 4) return;
      moved = true;
      const place = this.inside(this.view.placeAt(now));
      dot.style.left = `${100 * (place.x + 0.5) / this.photograph.width}%`;
      dot.style.top = `${100 * (place.y + 0.5) / this.photograph.height}%`;
      dot.place = place;
    }, () => {
      if (moved) this.hand.move(index, dot.place);
    });
  }

  key(event, index) {
    if (!(event.key in ARROWS)) return;
    event.preventDefault();
    event.stopPropagation();
    const [right, down] = ARROWS[event.key], { wide, high } = this.view.size();
    const { width, height } = this.photograph, steps = event.shiftKey ? 1 : 8;
    this.hand.nudge(index, Math.sign(right) * Math.max(1, Math.round(steps * width / wide)),
      Math.sign(down) * Math.max(1, Math.round(steps * height / high)));
  }

  // Shares of the sides as the pixel there, on the photograph in any case.
  inside({ x, y }) {
    const { width, height } = this.photograph;
    return { x: Math.min(Math.max(Math.floor(x * width), 0), width - 1), y: Math.min(Math.max(Math.floor(y * height), 0), height - 1) };
  }
}
