// What all parts of the page stand on: words, elements, requests, and what the browser remembers.
const kutip = {};
window.kutip = kutip; // for what Gradio calls when a question fails

// Storage can be forbidden or full: the page works without.
const recall = (key) => {
  try { return localStorage.getItem(`kutip-${key}`); } catch { return null; }
};
const remember = (key, value) => {
  try {
    if (value === null) localStorage.removeItem(`kutip-${key}`);
    else localStorage.setItem(`kutip-${key}`, value);
    return true;
  } catch { return false; }
};
// For this window's page when it has begun anew, once; where storage is forbidden, the window's history has it.
const carry = (key, value) => {
  try { sessionStorage.setItem(`kutip-${key}`, value); } catch {
    try { history.replaceState({ ...history.state, [`kutip-${key}`]: value }, ""); } catch { /* then it is typed again */ }
  }
};
const carried = (key) => {
  const name = `kutip-${key}`;
  let value = "";
  try {
    value = sessionStorage.getItem(name) ?? "";
    sessionStorage.removeItem(name);
  } catch { /* forbidden */ }
  const { [name]: otherwise, ...others } = history.state ?? {};
  if (otherwise !== undefined) history.replaceState(others, "");
  return value || otherwise || "";
};

const followed = navigator.language.toLowerCase().startsWith("id") ? "id" : "en";
const language = [carried("language"), recall("language")].find((code) => code in WORDS) ?? followed;
document.documentElement.lang = language;

const t = (key) => WORDS[language][key] ?? key;

// What languages are called is no word of the page, whose keys have the same letters ("in", "id").
const names = new Intl.DisplayNames([language], { type: "language" });
const languageName = (code) => {
  try { return names.of(code); } catch { return code; } // none that follows the form of codes
};

// Words that came from the server in English, with values in their {places}.
const filled = (words, values) => words.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
// A number of things, by the language's own rules: words for one of them come first, the last ones are for all others.
const plural = new Intl.PluralRules(language);
const counted = (key, number) => {
  const forms = t(key).split("|");
  const form = plural.select(number) === "one" ? forms[0] : forms.at(-1);
  return filled(form, { number: number.toLocaleString(language) });
};
const translate = (root) => {
  if (language === "en") return;
  for (const element of root.querySelectorAll("[data-t]")) {
    const said = filled(t(element.dataset.t), JSON.parse(element.dataset.values || "{}"));
    if (element.textContent !== said) element.textContent = said;
  }
};

// Gradio's own labels follow the browser; where another language was chosen, they are put into it here.
const LABELS = ["tab_ask", "tab_articles", "some", "source", "after", "before", "language_of", "question", "placeholder"];
const retitle = () => {
  if (language === followed) return;
  const said = new Map(LABELS.map((key) => [WORDS[followed][key], t(key)]));
  for (const part of document.querySelectorAll('button[role="tab"], .label-wrap span, [data-testid="block-info"]')) {
    for (const node of part.childNodes) {
      const other = node.nodeType === Node.TEXT_NODE && said.get(node.data.trim());
      if (other) node.data = other;
    }
  }
  for (const box of document.querySelectorAll("#kutip-question textarea, #kutip-question input")) {
    if (said.has(box.placeholder)) box.placeholder = said.get(box.placeholder);
  }
};

// What Gradio says over the page of a lost connection it says in English alone.
const SAID = { Error: "failed", "Connection to the server was lost. Attempting reconnection...": "lost" };
const resay = () => {
  if (language === "en") return;
  for (const part of document.querySelectorAll(".toast-title, .toast-message-text")) {
    for (const node of part.childNodes) {
      const key = SAID[node.data?.trim()];
      if (key) node.data = t(key);
    }
  }
};

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
};
// What is told of an article in a line, each part set apart from the direction of the others.
const dotted = (parts) => parts.filter(Boolean).flatMap((part, i) => [...(i ? [" · "] : []), make("bdi", {}, part)]);
const button = (label, onclick, attributes = {}) => make("button", { type: "button", onclick, ...attributes }, label);

// Why the server refuses something, or could not read it: in words of the page, where it names such.
const reason = ({ key, values, detail, reason: otherwise = detail }) =>
  (Object.hasOwn(WORDS[language], key) ? filled(t(key), values) : otherwise);
const request = async (path, options) => {
  const reply = await fetch(path, options).catch(() => { throw new Error(t("no_connection")); });
  const body = await reply.json();
  if (!reply.ok) throw Object.assign(new Error(reason(body) || reply.statusText), { status: reply.status });
  return body;
};
const post = (path, body) => request(path, {
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

// Gradio tells nobody why what it sends fails.
let refused = {}; // the last status with which the server refused it, and the words of the page that say why
const send = window.fetch;
window.fetch = async (...sent) => {
  const toGradio = String(sent[0]?.url ?? sent[0]).includes("gradio_api/");
  try {
    const reply = await send(...sent);
    if (toGradio && !reply.ok) refused = { ...await reply.clone().json().catch(() => null), status: reply.status };
    return reply;
  } catch (error) {
    if (toGradio && error.name !== "AbortError") kutip.giveUp?.("lost");
    throw error;
  }
};
kutip.refusal = () => {
  const known = { 413: "large", 429: "often" }[refused.status];
  if (known || Object.hasOwn(WORDS.en, refused.key)) return known ?? refused.key;
  return refused.status === 503 ? "busy" : "unsent";
};

// The page begins anew, as soon as the server is there: without it there would be no page at all.
const beginAnew = async (before = () => {}) => {
  const reply = await send("healthz", { signal: AbortSignal.timeout(10_000) });
  if (!reply.ok) throw new Error(reply.statusText);
  before();
  location.reload();
};

// Give a value to one of Gradio's text boxes, as if it had been typed.
const type = (id, value) => {
  const box = document.querySelector(`#${id} textarea, #${id} input`);
  if (!box) return null;
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value").set.call(box, value);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  return box;
};

// Draw a list anew: who is in it with the keyboard stays at the same place in it, or at what has come there.
const redrawn = (list, draw) => {
  const held = document.activeElement;
  const controls = (row) => [...(row?.querySelectorAll("button, input") ?? [])];
  const row = list.contains(held) ? held.closest("li") : null;
  const at = [[...list.children].indexOf(row), controls(row).indexOf(held)];
  draw();
  if (!row || document.activeElement === held) return;
  const now = controls(list.children[Math.min(at[0], list.children.length - 1)]);
  (held.isConnected ? held : now[at[1]] ?? now[0] ?? list).focus();
};

// Said to who does not see the page.
const announced = make("span", { class: "kutip-hidden", role: "status" });

// Run once for each element that appears with this id.
const builders = {};
const whenThere = (id, build) => { builders[id] = build; };

const tab = (number) => document.querySelectorAll('button[role="tab"]')[number]?.click();
const cards = () => [...document.querySelectorAll("#kutip-chat .kutip[data-answer]")];
