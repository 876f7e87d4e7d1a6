// What a person has decided on one photograph: hints and look, with undo and redo, kept in the browser.

export const PLAIN = { saturation: 1, strength: 1, temperature: null, variant: null, reference: null };
const TOGETHER = 800; // ms: changes of one thing within them are undone together

export class Edits {
  constructor(photograph, changed) {
    this.photograph = photograph;
    this.changed = changed;
    this.past = [];
    this.future = [];
    const draft = this.draft();
    const fresh = draft && draft.known === photograph.hintsSha256;
    this.now = { hints: fresh ? draft.hints : photograph.hints, look: { ...PLAIN, ...draft?.look, reference: null } };
    this.saved = fresh ? draft.saved : JSON.stringify({ hints: photograph.hints, look: PLAIN });
    this.found = Boolean(fresh && JSON.stringify(draft.hints) !== JSON.stringify(photograph.hints));
  }

  get hints() { return this.now.hints; }
  get look() { return this.now.look; }
  get unsaved() { return JSON.stringify(this.now) !== this.saved; }

  // `what` names the thing that changes: a drag is many changes and one step back.
  change(next, what) {
    const moment = Date.now();
    if (what === undefined || what !== this.what || moment - this.moment > TOGETHER) this.past.push(this.now);
    [this.what, this.moment] = [what, moment];
    this.future = [];
    this.put({ ...this.now, ...next });
  }

  undo() { this.step(this.past, this.future); }
  redo() { this.step(this.future, this.past); }

  step(from, to) {
    if (!from.length) return;
    to.push(this.now);
    this.what = undefined;
    this.put(from.pop());
  }

  add(hint) { this.change({ hints: [...this.hints, hint] }); }
  replace(index, hint, what) { this.change({ hints: this.hints.with(index, hint) }, what); }
  remove(index) { this.change({ hints: this.hints.toSpliced(index, 1) }); }
  set(name, value) { this.change({ look: { ...this.look, [name]: value } }, name); }

  // `state` is what the server has written, be it the present one or not.
  keepSaved(state, known) {
    this.photograph.hintsSha256 = known;
    this.saved = JSON.stringify(state);
    this.keep();
  }

  put(state) {
    this.now = state;
    this.keep();
    this.changed();
  }

  get place() { return `colorcli:${this.photograph.sha256}`; }

  draft() {
    try {
      return JSON.parse(localStorage.getItem(this.place));
    } catch {
      return null;
    }
  }

  keep() {
    const draft = { ...this.now, known: this.photograph.hintsSha256, saved: this.saved };
    try {
      localStorage.setItem(this.place, JSON.stringify(draft));
    } catch { /* the browser keeps nothing, or has no room: what is saved is in the file */ }
  }
}
