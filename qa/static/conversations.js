// Conversations: kept in the browser alone, several, renamed, deleted, exported.

const MOST_ANSWERS = 200; // of one conversation
const MOST_CONVERSATIONS = 100;

const allKept = () => {
  try {
    const list = JSON.parse(recall("conversations") || "[]");
    return Array.isArray(list) ? list.filter((one) => one && one.id && Array.isArray(one.answers)) : [];
  } catch { return []; }
};
const unkept = JSON.parse(carried("conversation") || "null"); // what a browser that keeps no more showed before this page began
let current = unkept?.id ?? (recall("current") || "");
let mine = 0; // how many of the chat's answers are in the conversation, among those of other windows
let tried = 0; // … or could not be written
let expected = 0; // how many answers the server was told to show
let full = unkept !== null; // the browser took no more

const blank = () => ({ id: current || crypto.randomUUID?.() || String(Date.now()), title: "", at: new Date().toISOString(), answers: [], chosen: [] });
const one = () => allKept().find((kept) => kept.id === current);
const shownOnce = (id) => {
  const there = allKept().find((kept) => kept.id === id);
  return unkept?.id === id && unkept.answers.length > (there?.answers.length ?? 0) ? unkept : there;
};
let restoring = shownOnce(current)?.answers.length ? "soon" : ""; // what the server was told to show, until the chat shows it
kutip.isRestoring = () => restoring !== "";

// The conversation that the chat shows, with what the browser had no room for.
const whole = () => {
  const there = one();
  const kept = (restoring ? shownOnce(current) : there) || blank();
  const unwritten = restoring ? [] : cards().slice(there ? mine : 0);
  return { ...kept, answers: [...kept.answers, ...unwritten.map((card) => JSON.parse(card.dataset.answer))] };
};

const carryUnwritten = () => {
  const shown = whole();
  if (shown.answers.length > (one()?.answers.length ?? 0)) carry("conversation", JSON.stringify(shown));
};

// Other windows may have changed the others meanwhile: only this one is written.
const keep = (changed) => {
  const others = allKept().filter((kept) => kept.id !== changed.id);
  const fits = remember("conversations", JSON.stringify([changed, ...others].slice(0, MOST_CONVERSATIONS)));
  remember("current", changed.id);
  full = !fits;
  return fits;
};

// The chat on the page is written to the browser's store; it only grows. Another window may have the same conversation
// open: each adds its own answers.
const sync = () => {
  const answers = cards().map((card) => JSON.parse(card.dataset.answer));
  if (restoring) {
    const shown = document.getElementById("kutip-restored")?.dataset;
    if (shown?.token !== restoring || Number(shown.answers) !== answers.length) return;
    restoring = "";
    if (answers.length < expected) current = ""; // what the server can't read is left as it is
    tried = answers.length;
    mine = Math.min(tried, one()?.answers.length ?? tried);
    showNewest();
  }
  if (!current && answers.length < tried) mine = tried = answers.length; // restored after that was given up
  // Once for each answer, even where there is no room or only the last ones are kept: writing changes the page (it says
  // so), and every change of the page leads here.
  if (answers.length <= tried) return;
  tried = answers.length;
  const there = one(); // not when it was never written, or was deleted meanwhile
  const kept = there || blank();
  current = kept.id;
  kept.answers = [...kept.answers, ...answers.slice(there ? mine : 0)].slice(-MOST_ANSWERS);
  kept.chosen = [...chosen];
  kept.at = new Date().toISOString();
  if (keep(kept)) mine = answers.length;
  kutip.redrawConversations?.();
};

const open = (id) => {
  const kept = shownOnce(id);
  current = kept ? id : "";
  remember("current", current || null);
  kutip.choose(kept ? kept.chosen || [] : []);
  const token = crypto.randomUUID?.() || `${Date.now()} ${Math.random()}`;
  restoring = token;
  expected = kept ? kept.answers.length : 0;
  const said = JSON.stringify({ token, answers: kept ? kept.answers : [] });
  // The page may not listen yet: said again until it is done, or another is wanted. A space makes it another value.
  const say = (attempt) => {
    if (restoring !== token) return;
    if (kutip.mayStillCome()) {
      beginAnew().catch(() => setTimeout(() => say(attempt), 1500));
      return;
    }
    if (attempt > 40) {
      restoring = current = "";
      mine = tried = cards().length;
      kutip.rest();
      return;
    }
    type("kutip-kept", said + " ".repeat(attempt));
    setTimeout(() => say(attempt + 1), 1500);
  };
  say(0);
  kutip.redrawConversations?.();
};

// Where one is gone there is room: for what did not fit, too.
const forget = (id) => {
  if (remember("conversations", JSON.stringify(allKept().filter((kept) => kept.id !== id)))) full = false;
  if (id === current) {
    open("");
  } else {
    tried = mine;
    sync();
  }
};

// What will not be kept, told before it is lost.
const loss = () => {
  const all = allKept();
  const now = one();
  if (full) return t(all.length ? "full" : "not_kept");
  if (now && now.answers.length >= MOST_ANSWERS) return filled(t("last_answers"), { most: MOST_ANSWERS });
  if (now || all.length < MOST_CONVERSATIONS) return "";
  return filled(t("next_replaces"), { most: MOST_CONVERSATIONS, title: titleOf(all.at(-1)).slice(0, 60) });
};

const titleOf = (kept) => kept.title || (kept.answers[0] ? kept.answers[0].question : t("untitled"));

// -- export -------------------------------------------------------------------------------------------

// Text in Markdown that stays text: all that Markdown would read is escaped, line breaks become spaces.
const plain = (text) => String(text).replace(/\s+/g, " ").trim()
  .replace(/[\\`*_[\]<>&~|$^]/g, "\\$&")
  .replace(/^(#+|[-+=])/, "\\$1").replace(/^(\d+)([.)])/, "$1\\$2")
  .replace(/:\/\//g, "\\://").replace(/@/g, "\\@").replace(/www\./gi, (found) => `${found.slice(0, 3)}\\.`);

const cited = (evidence) => {
  const place = whereOf(evidence).map(plain).join(", ");
  const { answer, sentence } = evidence;
  return `${place} (${t("article")} ${plain(evidence.article_id)}, ${t("characters")} ${answer.start}–${answer.end} ${t("in")} ${sentence.start}–${sentence.end})`;
};

kutip.asMarkdown = (kept) => {
  const lines = [`# ${plain(titleOf(kept))}`, ""];
  kept.answers.forEach((answer, i) => {
    lines.push(`## ${i + 1}\\. ${plain(answer.question)}`, "");
    if (answer.asked_as && plain(answer.asked_as) !== plain(answer.question)) lines.push(`${t("asked_as")} ${plain(answer.asked_as)}`, "");
    const [best, ...others] = answer.evidence;
    const given = answer.status !== "not_in_articles" && best;
    if (given) {
      lines.push(`> ${plain(best.text)}`, "", plain(best.sentence_text), "", `— ${cited(best)}`, "",
        `${t(answer.status)} · ${t("confidence")} ${Math.round(answer.confidence * 100)} %`, "");
    } else lines.push(`${t("absent")}`, "");
    const listed = (title, rest, told) => {
      if (!rest.length) return;
      lines.push(`${t(title).replace(/:$/, "")}:`, "");
      for (const other of rest) lines.push(`- ${plain(other[told])} — ${cited(other)}`);
      lines.push("");
    };
    if (!given) listed("nearest", answer.evidence, "sentence_text");
    else if (answer.status === "unsure") listed("others", others, "text");
    else {
      listed("contested", others.filter((other) => other.contests), "text");
      listed("further", others.filter((other) => !other.contests), "text");
    }
  });
  return lines.join("\n");
};

kutip.asJson = (kept) => JSON.stringify({ title: titleOf(kept), at: kept.at, answers: kept.answers }, null, 2);

const download = (write, kind, ending) => {
  sync(); // the newest answer may have come a moment ago
  const kept = whole();
  const name = titleOf(kept).replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60).replace(/^-|-$/g, "") || "kutip";
  const link = make("a", { href: URL.createObjectURL(new Blob([write(kept)], { type: kind })), download: `${name}.${ending}` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};

// -- the menu -----------------------------------------------------------------------------------------

const conversationsMenu = () => {
  const list = make("ul", { tabindex: -1 });
  const said = make("p", { role: "status", class: "kutip-loss kutip-source" });
  const menu = make("details", { class: "kutip-menu" }, make("summary", {}, t("conversations")));
  const goTo = (id) => {
    kutip.atRest("open", () => open(id), true); // the answer on its way belongs to this one
    menu.open = false;
    tab(0);
    // Who came with the keyboard is not left in the closed menu; a box that was hidden is there a moment later.
    if (id) menu.querySelector("summary").focus();
    else setTimeout(() => questionBox()?.focus(), 60);
  };
  const row = (kept) => {
    const item = make("li", { "aria-current": kept.id === current ? "true" : null });
    const name = button(titleOf(kept), () => goTo(kept.id), { class: "kutip-open", dir: "auto" });
    const rename = button(t("rename"), () => {
      const box = make("input", { type: "text", value: titleOf(kept), "aria-label": t("name"), maxlength: 200 });
      const form = make("form", { onsubmit: (event) => {
        event.preventDefault();
        const now = allKept().find((other) => other.id === kept.id) || kept;
        now.title = box.value.trim();
        const held = current;
        keep(now);
        remember("current", held);
        form.remove();
        draw();
        list.querySelector("button").focus(); // it has moved to the top
      } }, box, make("button", { type: "submit", class: "kutip-button" }, t("save")));
      item.replaceChildren(form);
      box.focus();
      box.select();
    }, { class: "kutip-button", "aria-label": `${t("rename")}: ${titleOf(kept)}` });
    const remove = button(t("delete"), (event) => {
      if (event.detail > 1) return; // whoever clicks twice at once has not read what is asked
      if (remove.dataset.sure) {
        kutip.atRest(`delete ${kept.id}`, () => {
          forget(kept.id);
          draw();
        }, kept.id === current && !wishes.has("open"));
        menu.querySelector("button").focus();
      } else {
        remove.dataset.sure = "yes";
        remove.textContent = t("really");
      }
    }, { class: "kutip-button", "aria-label": null });
    item.append(name, rename, remove);
    return item;
  };
  const draw = () => {
    const told = loss();
    if (said.textContent !== told) said.textContent = told;
    if (menu.open && list.querySelector("form")) return; // a name is being written
    redrawn(list, () => list.replaceChildren(...allKept().map(row)));
    const empty = !whole().answers.length;
    for (const press of menu.querySelectorAll("[data-export]")) press.disabled = empty;
  };
  kutip.redrawConversations = draw;
  menu.append(make("div", {},
    button(t("new"), () => goTo(""), { class: "kutip-button" }), list,
    make("p", {}, `${t("export")}: `,
      button(t("export_markdown"), () => download(kutip.asMarkdown, "text/markdown", "md"), { class: "kutip-button", "data-export": "md" }), " ",
      button(t("export_json"), () => download(kutip.asJson, "application/json", "json"), { class: "kutip-button", "data-export": "json" }))));
  draw();
  menu.addEventListener("toggle", () => { if (!menu.open) draw(); });
  return [menu, said];
};
