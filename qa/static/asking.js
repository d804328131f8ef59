// Questions go to the server one after the other, and the page says that one is being answered.

// The newest question is brought to the top, so that its quote is seen, and not the end of a long card.
const showNewest = () => {
  const newest = cards().at(-1);
  if (!newest) return;
  const area = newest.closest("[role=log]") || document.querySelector("#kutip-chat .bubble-wrap");
  if (!area) return;
  const asked = [...area.querySelectorAll(".user")].at(-1) || newest;
  area.scrollTop += asked.getBoundingClientRect().top - area.getBoundingClientRect().top - 8;
  document.getElementById("kutip-chat").scrollIntoView({ block: "nearest" }); // in a low window
};

const PATIENCE = 90_000; // milliseconds; the server gives a question up after 60 s
let waitingFor = 0; // the number of cards with which the question that was sent is answered
let sent = ""; // that question
let gaveUp = false; // nothing waits for its answer any more, which may still come
let patience; // the timer
const wishes = new Map(); // what is done once the chat is at rest, by what it is about: of each the last that was wanted
let held = carried("question"); // the question that is asked after all of that
let insisted = ""; // one that was let through all the same

// What the server says replaces the whole chat: whatever begins while it is on its way would be lost. And what is being
// removed is not asked.
const busy = () => (waitingFor > 0 && !gaveUp) || kutip.isRestoring() || kutip.isRemoving();
kutip.atRest = (about, act, leaves) => {
  if (!busy()) { act(); return; }
  if (leaves) held = ""; // it was meant for the conversation that is left, and stays in its box
  wishes.delete(about);
  wishes.set(about, act);
};
kutip.rest = () => {
  for (const [about, act] of wishes) {
    if (busy()) return;
    wishes.delete(about);
    act();
  }
  if (!held || busy() || !questionBox()) return;
  const question = held;
  held = "";
  // Let through while the last answer was on its way, it may be lost with what that replaces, or be answered.
  const done = insisted === question && JSON.parse(cards().at(-1)?.dataset.answer || "{}").question === question;
  insisted = "";
  if (!done) kutip.ask(question);
};

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

const questionBox = () => document.querySelector("#kutip-question textarea, #kutip-question input");
const replies = () => document.querySelectorAll("#kutip-chat .kutip").length;
const spin = () => document.getElementById("kutip-wait")?.replaceChildren(
  make("span", { class: "kutip-spinner", "aria-hidden": "true" }), t("wait"));
// Before Gradio hears of it. Who insists, with the same question again, is let through where only an answer is waited for:
// asked before another conversation is there, it would bring back the one that was left.
const asks = (event, question) => {
  if (!question.trim()) return;
  kutip.removeNow();
  const insists = [sent, held].includes(question) && !wishes.size && !kutip.isRestoring() && !kutip.isRemoving();
  if ((busy() && !insists) || gaveUp) {
    event.preventDefault();
    event.stopImmediatePropagation();
    spin();
    if (busy()) held = question;
    else beginAnew(() => carry("question", question)).catch(() => kutip.giveUp("lost"));
    return;
  }
  insisted = busy() ? question : "";
  kutip.forgetWaiting();
  spin();
  waitingFor = replies() + 1;
  sent = question;
  refused = {};
  patience = setTimeout(() => kutip.giveUp("no_answer"), PATIENCE);
};
let questionsShown = 0; // how many questions the chat shows
const maybeDone = () => {
  const now = document.querySelectorAll("#kutip-chat .user").length;
  if (waitingFor && now > questionsShown) showNewest(); // the one that is being answered
  questionsShown = now;
  if (!waitingFor || replies() < waitingFor) return;
  kutip.forgetWaiting();
  setTimeout(showNewest, 60);
};
kutip.forgetWaiting = () => {
  waitingFor = 0;
  sent = "";
  gaveUp = false;
  clearTimeout(patience);
  document.getElementById("kutip-wait")?.replaceChildren();
};
// What is given up may come after all, and would replace the whole chat, whatever that shows by then. So what is done next
// is done by the page begun anew, which nothing reaches that was meant for the one before.
kutip.giveUp = (why) => {
  if (!waitingFor) return;
  gaveUp = true;
  clearTimeout(patience);
  document.getElementById("kutip-wait")?.replaceChildren(t(why)); // kutip.rest follows, as the page changes
};
kutip.mayStillCome = () => gaveUp;
kutip.turnedAway = () => {
  kutip.forgetWaiting();
  document.getElementById("kutip-wait")?.replaceChildren(filled(t(kutip.refusal()), refused.values ?? {}));
};
// A phone that loses its network hears nothing of the answer that it waits for. But without one a server on the same
// machine is still there: it is asked.
addEventListener("offline", () => { if (waitingFor) fetch("gradio_api/app_id").catch(() => {}); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && event.target.closest?.("#kutip-question")) asks(event, event.target.value);
}, true);
document.addEventListener("click", (event) => {
  const box = questionBox();
  if (box && event.target.closest("#kutip-question button")) asks(event, box.value);
}, true);

// What is typed or not answered yet is in the box again when the page begins anew: Gradio has it do so by itself when a
// server that was away is back.
addEventListener("pagehide", ({ persisted }) => { if (!persisted) carry("draft", questionBox()?.value || sent); });
whenThere("kutip-question", (root) => {
  root.querySelector("button")?.setAttribute("aria-label", t("tab_ask")); // it has a picture alone
  questionBox()?.setAttribute("aria-label", t("question")); // the label around both would name it after both
  const draft = carried("draft");
  if (draft && !held) type("kutip-question", draft);
});

// Questions to begin with are about the sample: seen only while that is there.
whenThere("kutip-examples", (root) => root.append(...t("examples").split("\n").map((question) =>
  button(question, () => kutip.ask(question), { class: "kutip-button", dir: "auto" }))));
