// What the page asks of the server it came from.

export class Refused extends Error {
  constructor(status, error, hint) {
    super(hint ? `${error}\n${hint}` : error);
    this.status = status;
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "The server does not answer.", "Start colorcli serve again; your hints are kept here.");
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({ error: answer.statusText }));
  throw new Refused(answer.status, said.error, said.hint);
}

const of = (key, rest = "") => `/api/photographs/${key}${rest}`;
const body = hints => ({ method: "POST", body: JSON.stringify({ hints }) });

export const photographs = async () => (await ask("/api/photographs")).json();
export const doubts = async () => (await ask("/api/doubts")).json();
export const describe = async key => (await ask(of(key))).json();
export const before = async key => (await ask(of(key, "/before"))).blob();
export const thumbnail = key => of(key, "/thumbnail");
export const likely = async (key, x, y, look) => (await ask(of(key, `/likely?x=${x}&y=${y}&${query(look)}`))).json();

export async function drop(file) {
  const name = new URLSearchParams({ name: file.name });
  return (await ask(`/api/photographs?${name}`, { method: "POST", body: file })).json();
}

export async function painting(key, hints, look, side = "") {
  const size = side && `&side=${side}`;
  return (await ask(of(key, `/painting?${query(look)}${size}`), body(hints))).blob();
}

// A photograph in colour whose colours a photograph takes on, and whether they have anything alike.
export async function reference(key, file) {
  const name = new URLSearchParams({ name: file.name });
  return (await ask(of(key, `/reference?${name}`), { method: "POST", body: file })).json();
}

// `known`: the checksum of the hints that were found; null replaces whatever is there.
export async function save(photograph, hints, look, known) {
  const said = new URLSearchParams(query(look));
  if (known !== null) said.set("known", known);
  if (/\.(heic|heif|hif)$/i.test(photograph.name)) said.set("format", "jpeg"); // which nobody writes
  const answer = await ask(of(photograph.key, `/result?${said}`), body(hints));
  return photograph.dropped ? answer.blob() : answer.json();
}

function query({ saturation, strength, temperature, variant, reference }) {
  const said = { saturation, strength };
  if (temperature !== null) said.temperature = temperature;
  if (variant) Object.assign(said, { variant: variant.number, variants: variant.count, seed: variant.seed });
  if (reference) said.reference = reference.key;
  return new URLSearchParams(said).toString();
}
