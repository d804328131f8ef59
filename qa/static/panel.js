// The article beside the chat. All text comes from the REST interface and is set as text, never as HTML.

// Offsets count characters (code points), JavaScript counts UTF-16 units.
const pieces = (text, passage, spans) => {
  const characters = Array.from(text);
  const bounds = [0, characters.length];
  for (const [start, end] of [...spans, ...(passage ? [passage] : [])]) bounds.push(start, end);
  const cuts = [...new Set(bounds.map((at) => Math.min(Math.max(at, 0), characters.length)))].sort((a, b) => a - b);
  const within = ([start, end], at) => start <= at && at < end;
  const found = [];
  for (const [i, start] of cuts.slice(0, -1).entries()) {
    const piece = {
      text: characters.slice(start, cuts[i + 1]).join(""),
      mark: spans.findIndex((span) => within(span, start)),
      passage: Boolean(passage) && within(passage, start),
    };
    const last = found.at(-1);
    // Where a further quote begins within the first one, the first one is not cut in two.
    if (last && last.mark === piece.mark && last.passage === piece.passage) last.text += piece.text;
    else found.push(piece);
  }
  return found;
};

const marked = (text, passage, spans) => pieces(text, passage, spans).map((piece) => {
  const shown = piece.mark < 0 ? document.createTextNode(piece.text)
    : make("mark", { class: piece.mark ? "further" : "quote" }, piece.text);
  return piece.passage ? make("span", { class: "passage" }, shown) : shown;
});

let opener = null;
let wanted = 0; // the article that was asked for last is the one that is shown, whichever comes last
const closePanel = () => {
  wanted += 1;
  announced.textContent = "";
  const panel = document.getElementById("kutip-panel");
  if (panel) panel.classList.remove("open");
  document.body.classList.remove("kutip-reading");
  if (opener && opener.isConnected) opener.focus();
  opener = null;
};

// The place of a selection in the text, in code points; null for one outside or without a letter.
const selectedIn = (text) => {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return null;
  const before = document.createRange();
  before.selectNodeContents(text);
  before.setEnd(range.startContainer, range.startOffset);
  const chosen = range.toString();
  if (!chosen.trim()) return null;
  const lead = Array.from(before.toString()).length + Array.from(chosen).length - Array.from(chosen.trimStart()).length;
  return { start: lead, end: lead + Array.from(chosen.trim()).length };
};

// "The right answer is here": for the card from which the article was opened.
const chooser = (article, text, answer) => {
  const said = make("span", { role: "status" });
  let place = null;
  const send = button(t("right_here"), async () => {
    if (!place) return;
    if (place.end - place.start > 2000) { said.textContent = t("too_long"); return; }
    try {
      await post("v1/feedback", { question: answer.asked_as || answer.question, verdict: "right", article_id: article.id, answer: place });
      said.textContent = t("thanks");
    } catch (error) {
      said.textContent = `${t("failed")}: ${error.message}`;
    }
  }, { class: "kutip-button", disabled: true });
  const watch = () => {
    if (!text.isConnected) { document.removeEventListener("selectionchange", watch); return; }
    const found = selectedIn(text);
    // A press on the button may end the selection: what was selected last counts.
    if (found) { place = found; send.disabled = false; said.textContent = ""; }
  };
  document.addEventListener("selectionchange", watch);
  return make("div", { class: "kutip-choose" },
    make("p", { class: "kutip-source" }, `${t("asked")} `, make("bdi", {}, answer.asked_as || answer.question)),
    make("p", {}, `${t("mark_first")} `, send, " ", said));
};

const showPanel = (title, ...parts) => {
  const panel = document.getElementById("kutip-panel");
  announced.textContent = "";
  panel.replaceChildren(
    make("header", {},
      make("h2", { dir: "auto" }, title || t("article")),
      button("×", closePanel, { class: "kutip-close", "aria-label": t("close") })),
    ...parts);
  panel.setAttribute("aria-label", title ? `${t("article")}: ${title}` : t("article"));
  panel.setAttribute("tabindex", "-1");
  panel.classList.add("open");
  document.body.classList.add("kutip-reading");
  panel.focus({ preventScroll: true });
};

// Where an article was on the web is a link to there, which is told nothing of this page.
const linked = (source) => (/^https?:\/\//i.test(source)
  ? make("a", { class: "kutip-address", href: source, target: "_blank", rel: "noopener noreferrer" }, source) : source);

kutip.show = async (from) => {
  opener = from;
  wanted += 1;
  const mine = wanted;
  let article;
  announced.textContent = t("opening");
  try {
    article = await request(`v1/articles/${encodeURIComponent(from.dataset.article)}`);
    if (mine !== wanted) return;
  } catch (error) {
    if (mine !== wanted) return;
    showPanel("", make("p", { role: "alert" }, `${t("failed")}: ${error.message}`));
    return;
  }
  const spans = JSON.parse(from.dataset.spans || "[]");
  const passage = JSON.parse(from.dataset.passage || "null");
  const about = dotted([article.author, article.published, linked(article.source), languageName(article.language)]);
  const text = make("div", { class: "kutip-text", dir: "auto", lang: article.language || null, tabindex: 0,
    role: "region", "aria-label": article.title });
  text.append(...marked(article.text, passage, spans));
  const card = from.closest(".kutip[data-answer]");
  const change = document.getElementById("kutip-bar").dataset.change === "yes";
  showPanel(article.title,
    make("p", { class: "kutip-source" }, ...about),
    text,
    ...(card && change ? [chooser(article, text, JSON.parse(card.dataset.answer))] : []),
    ...(article.original ? [make("p", { class: "kutip-source" },
      make("a", { href: `v1/articles/${article.id}/original`, download: "" }, t("original")))] : []),
  );
  const mark = text.querySelector("mark.quote");
  if (!mark) return;
  text.scrollTop = mark.offsetTop - text.offsetTop - text.clientHeight / 3;
  mark.scrollIntoView({ block: "nearest" }); // where the window is too low for all of the panel
};

document.addEventListener("click", (event) => {
  const from = event.target.closest("[data-article]");
  if (from) kutip.show(from);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.querySelector("#kutip-panel.open")) closePanel();
});
