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

// A question is sent by what Gradio listens to: Enter in its box.
kutip.ask = (question) => {
  tab(0);
  const box = type("kutip-question", question);
  box.focus();
  setTimeout(() => {
    for (const name of ["keydown", "keypress"]) {
      box.dispatchEvent(new KeyboardEvent(name, { key: "Enter", code: "Enter", bubbles: true, cancelable: true }));
    }
  }, 60);
};

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
  const note = `${t("quote_in")} ${t(from)}.`;
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

// -- that a question is being answered ----------------------------------------------------------------

// The newest question is brought to the top, so that its quote is seen, and not the end of a long card.
const showNewest = () => {
  const newest = cards().at(-1);
  if (!newest) return;
  const area = newest.closest("[role=log]") || document.querySelector("#kutip-chat .bubble-wrap");
  if (!area) return;
  const asked = [...area.querySelectorAll(".user")].at(-1) || newest;
  area.scrollTop += asked.getBoundingClientRect().top - area.getBoundingClientRect().top - 8;
};

let waitingFor = 0;
const replies = () => document.querySelectorAll("#kutip-chat .kutip").length;
const waits = (asked) => {
  const line = document.getElementById("kutip-wait");
  if (!line || !asked.trim()) return;
  waitingFor = replies() + 1;
  line.replaceChildren(make("span", { class: "kutip-spinner", "aria-hidden": "true" }), t("wait"));
};
const maybeDone = () => {
  const line = document.getElementById("kutip-wait");
  if (waitingFor && line && replies() >= waitingFor) {
    waitingFor = 0;
    line.replaceChildren();
    setTimeout(showNewest, 60);
  }
};
kutip.forgetWaiting = () => {
  waitingFor = 0;
  document.getElementById("kutip-wait")?.replaceChildren();
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && event.target.closest?.("#kutip-question")) waits(event.target.value);
}, true);
document.addEventListener("click", (event) => {
  const box = document.querySelector("#kutip-question textarea, #kutip-question input");
  if (box && event.target.closest("#kutip-question button")) waits(box.value);
  if (event.target.closest("#kutip-chat .example")) waits("?");
}, true);
