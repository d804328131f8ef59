// What the cards in the chat can do: say whether they are right, translate their sentence, ask a follow-up literally.

const answerOf = (element) => JSON.parse(element.closest(".kutip[data-answer]").dataset.answer);

const tell = async (card, body) => {
  const said = card.querySelector(".kutip-said");
  try {
    await post("v1/feedback", body);
    if (said) said.textContent = t("thanks");
    return true;
  } catch (error) {
    if (said) said.textContent = `${t("failed")}: ${error.message}`;
    return false;
  }
};

// A thumb is about the best quote; where none was given, about there being none.
document.addEventListener("click", async (event) => {
  const pressed = event.target.closest("[data-verdict], [data-pick]");
  if (!pressed) return;
  const card = pressed.closest(".kutip");
  const answer = answerOf(pressed);
  const evidence = answer.evidence[Number(pressed.dataset.pick || 0)];
  const given = answer.status !== "not_in_articles" || pressed.dataset.pick;
  const kept = await tell(card, {
    question: answer.asked_as || answer.question,
    verdict: pressed.dataset.verdict || "right",
    article_id: evidence.article_id,
    answer: given ? evidence.answer : null,
  });
  if (kept) {
    for (const other of card.querySelectorAll("[data-verdict], [data-pick]")) other.setAttribute("aria-pressed", other === pressed);
  }
});

// -- a sentence with where it stands, for what people write ------------------------------------------

const whereOf = (evidence) => [evidence.article_title, evidence.author, evidence.published, evidence.source,
  evidence.page ? filled(t("page"), { number: evidence.page }) : "",
  evidence.column ? filled(t("column"), { name: evidence.column }) : ""].filter(Boolean);

const toClipboard = async (text) => {
  if (navigator.clipboard) { await navigator.clipboard.writeText(text); return; }
  // A server in the house has no https, without which browsers have only the old way.
  const held = document.activeElement;
  const box = make("textarea", { class: "kutip-hidden" }, text);
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  held?.focus();
  if (!done) throw new Error("refused");
};

document.addEventListener("click", async (event) => {
  const pressed = event.target.closest("[data-copy]");
  if (!pressed) return;
  const evidence = answerOf(pressed).evidence[Number(pressed.dataset.copy)];
  const label = pressed.querySelector("[data-t]");
  const say = (key) => {
    label.dataset.t = key;
    label.textContent = t(key);
  };
  const done = await toClipboard(`“${evidence.sentence_text.trim()}” — ${whereOf(evidence).join(", ")}`)
    .then(() => "copied", () => "not_copied");
  say(done);
  announced.textContent = t(done);
  setTimeout(() => {
    say("copy");
    announced.textContent = "";
  }, 3000);
});

// A follow-up that was completed wrongly is asked as it stands: in quotation marks.
document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-literal]");
  if (pressed) kutip.ask(`"${pressed.dataset.literal.replaceAll('"', "”")}"`);
});

// -- in which language a quote is, and what it says in the reader's ----------------------------------

const translations = new Map();
const gloss = async (place) => {
  const { articleId, start, end, language: from } = place.dataset;
  place.dataset.done = "yes";
  if (!from || from === language) return;
  const note = `${t("quote_in")} ${languageName(from)}.`;
  place.hidden = false;
  place.textContent = note;
  if (document.getElementById("kutip-bar")?.dataset.translator !== "yes") return;
  const key = [articleId, start, end].join();
  if (!translations.has(key)) {
    translations.set(key, post("v1/translate", { article_id: articleId, start: Number(start), end: Number(end), to: language }));
  }
  try {
    place.textContent = `${note} (${t("translating")})`;
    const made = await translations.get(key);
    place.replaceChildren(make("span", { lang: language, dir: "auto" }, made.text), " ",
      make("small", {}, `${t("machine")} (${made.model}). ${note}`));
  } catch {
    translations.delete(key);
    place.textContent = note;
  }
};
// Sentences in a closed list are translated when it is opened.
document.addEventListener("toggle", () => glossAll(), true);
const glossAll = () => {
  for (const place of document.querySelectorAll(".kutip-gloss:not([data-done])")) {
    if (!place.closest("details:not([open])")) gloss(place);
  }
};
