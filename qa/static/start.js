// The bar on top, and what is done when parts of the page appear.

const select = (label, choices, value, onchange) => {
  const box = make("select", { "aria-label": label, title: label, onchange: () => onchange(box.value) },
    ...choices.map(([key, name]) => make("option", { value: key, selected: key === value }, name)));
  return box;
};

const applyTheme = (wanted) => {
  remember("theme", wanted || null);
  const dark = wanted ? wanted === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.classList.toggle("dark", dark);
};

whenThere("kutip-bar", (bar) => {
  const theme = recall("theme") || "";
  if (theme) applyTheme(theme);
  const scope = make("span", { class: "kutip-scope", role: "status" });
  let filtering = false;
  const tellScope = () => {
    const number = articlesAsked().length;
    const said = number ? counted(filtering ? "chosen_filtered" : "chosen_articles", number)
      : t(filtering ? "filtered_articles" : "all_articles");
    scope.replaceChildren(said);
    if (number || filtering) scope.append(" ", button(t("ask_all"), askAll, { class: "kutip-button" }));
  };
  const askAll = () => {
    kutip.choose([]);
    document.getElementById("kutip-unfiltered").click();
  };
  kutip.chosenChanged = tellScope;
  kutip.filtered = (values) => {
    filtering = values.some((value) => value?.trim());
    tellScope();
  };
  tellScope();
  bar.append(
    make("h1", {}, "kutip"), ...conversationsMenu(), scope, announced,
    make("span", { class: "kutip-settings" },
      select(t("interface"), [["en", "English"], ["id", "Indonesia"]], language, (wanted) => {
        if (!remember("language", wanted)) carry("language", wanted);
        carryUnwritten();
        location.reload(); // all is written anew; the conversation is in the browser
      }),
      select(t("theme"), [["", t("system")], ["light", t("light")], ["dark", t("dark")]], theme, applyTheme)),
  );
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".kutip-menu[open]")) {
    if (event.target.isConnected && !menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(".kutip-menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

let restored = false;
const tend = () => {
  for (const [id, build] of Object.entries(builders)) {
    const root = document.getElementById(id);
    if (root && !root.dataset.ready) {
      root.dataset.ready = "yes";
      build(root);
    }
  }
  if (!restored && document.querySelector("#kutip-kept textarea, #kutip-kept input")) {
    restored = true;
    if (kutip.isRestoring()) open(current);
  }
  const chat = document.getElementById("kutip-chat");
  if (chat) {
    translate(chat);
    chat.querySelector("[role=log]")?.setAttribute("aria-label", t("chat"));
  }
  retitle();
  resay();
  document.body.classList.toggle("kutip-talking", replies() > 0);
  glossAll();
  maybeDone();
  clearTimeout(tend.later);
  tend.later = setTimeout(() => {
    sync();
    kutip.rest();
  }, 50);
};
addEventListener("pagehide", sync); // an answer may have come less than a moment ago
new MutationObserver(() => {
  if (tend.planned) return;
  tend.planned = true;
  requestAnimationFrame(() => {
    tend.planned = false;
    tend();
  });
}).observe(document.documentElement, { childList: true, subtree: true });
