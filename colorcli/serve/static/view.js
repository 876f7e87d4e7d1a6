// The photograph before and after, its zoom, and the line between the two.

const MARGIN = 20, MOST = 12, CLICK = 5; // pixels; times; pixels

export class View {
  // `chosen(x, y)`: a place was clicked, in shares of the photograph's sides.
  constructor(one, chosen) {
    Object.assign(this, { stage: one("stage"), sheet: one("sheet"), divider: one("divider"), handle: one("handle") });
    Object.assign(this, { before: one("before"), after: one("after"), cross: one("cross"), chosen });
    this.zoom = 1;
    this.x = this.y = 0.5; // what is in the middle of the stage
    this.cursor = { x: 0.5, y: 0.5 };
    this.fingers = new Map();
    new ResizeObserver(() => this.lay()).observe(this.stage);
    this.stage.addEventListener("wheel", event => this.wheel(event), { passive: false });
    for (const kind of ["down", "move", "up", "cancel"]) {
      this.stage.addEventListener(`pointer${kind}`, event => this[kind](event));
    }
    this.handle.addEventListener("pointerdown", event => this.grab(event));
    this.handle.addEventListener("keydown", event => this.slideByKey(event));
    this.slide(0);
  }

  show(width, height) {
    [this.width, this.height] = [width, height];
    this.sheet.hidden = false;
    this.cursor = { x: 0.5, y: 0.5 };
    this.fit();
  }

  hide() { this.sheet.hidden = true; }

  fit() {
    [this.zoom, this.x, this.y] = [1, 0.5, 0.5];
    this.lay();
  }

  // Keeps the place at a point of the stage (its middle, if none is given) where it is.
  zoomBy(factor, at) {
    if (this.sheet.hidden) return;
    const box = this.stage.getBoundingClientRect(), point = at ?? { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
    const place = this.placeAt(point);
    this.zoom = Math.min(Math.max(this.zoom * factor, 1), MOST);
    const { wide, high } = this.size();
    this.x = place.x + (box.x + box.width / 2 - point.clientX) / wide;
    this.y = place.y + (box.y + box.height / 2 - point.clientY) / high;
    this.lay();
  }

  size() {
    const { clientWidth, clientHeight } = this.stage;
    const fit = Math.min((clientWidth - 2 * MARGIN) / this.width, (clientHeight - 2 * MARGIN) / this.height);
    return { wide: this.width * fit * this.zoom, high: this.height * fit * this.zoom };
  }

  lay() {
    if (this.sheet.hidden) return;
    const { clientWidth, clientHeight } = this.stage, { wide, high } = this.size();
    this.x = middle(this.x, clientWidth, wide);
    this.y = middle(this.y, clientHeight, high);
    const left = clientWidth / 2 - this.x * wide, top = clientHeight / 2 - this.y * high;
    Object.assign(this.sheet.style, { left: `${left}px`, top: `${top}px`, width: `${wide}px`, height: `${high}px` });
    this.handle.style.top = `${clientHeight / 2 - top}px`; // in sight, however large the photograph
    this.cross.style.left = `${this.cursor.x * 100}%`;
    this.cross.style.top = `${this.cursor.y * 100}%`;
  }

  placeAt({ clientX, clientY }) {
    const box = this.sheet.getBoundingClientRect();
    return { x: (clientX - box.x) / box.width, y: (clientY - box.y) / box.height };
  }

  slide(percent) {
    this.share = Math.min(Math.max(percent, 0), 100);
    this.divider.style.left = `${this.share}%`;
    this.before.style.clipPath = `inset(0 ${100 - this.share}% 0 0)`;
    this.handle.setAttribute("aria-valuenow", Math.round(this.share));
    this.handle.setAttribute("aria-valuetext", `${Math.round(this.share)} per cent as it was before`);
  }

  peek(on) { this.before.style.clipPath = on ? "none" : `inset(0 ${100 - this.share}% 0 0)`; }

  slideByKey(event) {
    const steps = { ArrowLeft: -5, ArrowRight: 5, ArrowDown: -5, ArrowUp: 5, Home: -100, End: 100 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    this.slide(this.share + steps[event.key]);
  }

  grab(event) {
    event.stopPropagation();
    follow(this.handle, event, moved => this.slide(100 * this.placeAt(moved).x));
  }

  moveCursor(right, down, fine) {
    const { wide, high } = this.size(), step = fine ? 1 : 0.02 * Math.min(this.stage.clientWidth, this.stage.clientHeight);
    this.cursor.x = Math.min(Math.max(this.cursor.x + right * step / wide, 0), 1);
    this.cursor.y = Math.min(Math.max(this.cursor.y + down * step / high, 0), 1);
    const half = { x: this.stage.clientWidth / wide / 2, y: this.stage.clientHeight / high / 2 };
    for (const axis of ["x", "y"]) { // goes along with the cross
      this[axis] = Math.min(Math.max(this[axis], this.cursor[axis] - half[axis]), this.cursor[axis] + half[axis]);
    }
    this.lay();
  }

  wheel(event) {
    event.preventDefault();
    this.zoomBy(Math.exp(-event.deltaY / (event.deltaMode ? 20 : 400)), event);
  }

  down(event) {
    if (this.sheet.hidden || event.button || event.target.closest("button, #handle")) return;
    this.stage.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, event);
    this.start = this.fingers.size === 1 ? event : null; // two fingers never click
  }

  move(event) {
    const last = this.fingers.get(event.pointerId);
    if (!last) return;
    const other = [...this.fingers.values()].find(one => one.pointerId !== event.pointerId);
    if (other) this.zoomBy(apart(event, other) / Math.max(apart(last, other), 1), between(event, other));
    if (this.start && apart(event, this.start) <= CLICK) return;
    this.start = null;
    const { wide, high } = this.size(), share = other ? 2 : 1;
    this.x -= (event.clientX - last.clientX) / wide / share;
    this.y -= (event.clientY - last.clientY) / high / share;
    this.fingers.set(event.pointerId, event);
    this.lay();
  }

  up(event) {
    if (!this.fingers.delete(event.pointerId) || !this.start) return;
    const { x, y } = this.placeAt(event);
    if (x >= 0 && x < 1 && y >= 0 && y < 1) {
      this.cursor = { x, y };
      this.lay();
      this.chosen(x, y);
    }
  }

  cancel(event) { this.fingers.delete(event.pointerId); }
}

// Calls `moved` while the pointer that went down on an element is moved, and `done` at its end.
export function follow(element, event, moved, done = () => {}) {
  element.setPointerCapture(event.pointerId);
  const end = () => {
    element.removeEventListener("pointermove", moved);
    element.removeEventListener("pointerup", end);
    element.removeEventListener("pointercancel", end);
    done();
  };
  element.addEventListener("pointermove", moved);
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", end);
}

// The share of a side that is in the middle: half of it while all fits in, else never beyond its ends.
function middle(share, room, side) {
  const spare = (room / 2 - MARGIN) / side;
  return side <= room - 2 * MARGIN + 1 ? 0.5 : Math.min(Math.max(share, spare), 1 - spare);
}

const apart = (one, other) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
const between = (one, other) => ({ clientX: (one.clientX + other.clientX) / 2, clientY: (one.clientY + other.clientY) / 2 });
