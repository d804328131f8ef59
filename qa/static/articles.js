// The list of articles: add, search, choose, remove with undo.

const chosen = new Set();
kutip.choose = (ids) => {
  chosen.clear();
  for (const id of ids) chosen.add(id);
  tellChosen();
};
const articlesAsked = () => [...chosen].filter((id) => !leaving.has(id));
const tellChosen = () => {
  type("kutip-chosen", JSON.stringify(articlesAsked()));
  for (const box of document.querySelectorAll(".kutip-list input[type=checkbox]")) box.checked = chosen.has(box.value);
  kutip.chosenChanged?.();
};

const DONE = { added: "added", replaced: "replaced", unchanged: "known", removed: "removed" }; // what an add tells, in our words
const told = (report, problems) => [
  Object.keys(DONE).filter((key) => report[key].length).map((key) => `${report[key].length} ${t(DONE[key])}`).join(", "),
  ...problems].filter(Boolean).join("\n");

const PAGE = 100;
const MOST_LISTED = 1000; // at once
const UNDO = 6000; // milliseconds

// Nothing is removed before the time for a change of mind is over, and the list shows that, however often it is read.
// A question ends that time: it is not answered from what the page calls removed.
const leaving = new Map(); // the rows that offer it, and what removes at once, by the article's id
let underway = 0; // removals that the server was told of
kutip.removeNow = () => { for (const { now } of leaving.values()) now(); };
kutip.isRemoving = () => underway > 0;
const removing = (entry, item, list, say, refresh) => {
  const undo = button(t("undo"), (event) => {
    if (event.detail > 1) return; // it came beneath the second click of two that meant to remove
    done = true;
    clearTimeout(timer);
    leaving.delete(entry.id);
    gone.replaceWith(item);
    item.querySelector(".kutip-remove").focus();
    tellChosen();
  }, { class: "kutip-button" });
  const gone = make("li", { class: "kutip-gone" }, make("span", {}, make("bdi", {}, entry.title), `: ${t("removing")}`), undo);
  item.replaceWith(gone);
  undo.focus();
  let done = false;
  const really = async () => {
    if (done) return;
    done = true;
    undo.disabled = true;
    chosen.delete(entry.id);
    underway += 1;
    try {
      await request(`v1/articles/${entry.id}`, { method: "DELETE", keepalive: true });
      say(`1 ${t("removed")}`);
    } catch (error) {
      say(`${t("failed")}: ${error.message}`);
    }
    underway -= 1;
    leaving.delete(entry.id);
    redrawn(list, () => gone.remove());
    refresh();
    kutip.rest();
  };
  // Who is at the button with the keyboard, or hears it being read, has all the time that is wanted.
  const atEnd = () => {
    if (!undo.matches(":focus-visible")) really(); // a click leaves the focus there, too, and nobody at it
    else undo.addEventListener("blur", () => setTimeout(atEnd), { once: true });
  };
  const timer = setTimeout(atEnd, UNDO);
  leaving.set(entry.id, { gone, now: really });
  tellChosen();
  window.addEventListener("pagehide", really, { once: true });
};

// A folder that was dropped passes for a file until it is read, and its upload for one that the connection ended.
const readable = (file) => file.slice(0, 1).arrayBuffer()
  .catch(() => { throw new Error(filled(t("no_file"), { name: file.name })); });
const upload = (file, bar) => new Promise((resolve, reject) => {
  const sending = new XMLHttpRequest();
  sending.open("POST", `v1/articles/file?name=${encodeURIComponent(file.name)}`);
  sending.upload.onprogress = (event) => {
    bar.max = event.total || 1;
    bar.value = event.loaded;
  };
  sending.upload.onload = () => { bar.removeAttribute("value"); };
  sending.onload = () => {
    let body = {};
    try { body = JSON.parse(sending.responseText); } catch { /* no JSON: an error of something in between */ }
    if (sending.status < 300) resolve(body); else reject(new Error(reason(body) || `HTTP ${sending.status}`));
  };
  sending.onerror = () => reject(new Error(t("no_connection")));
  sending.send(file);
});

whenThere("kutip-articles", (root) => {
  const mayChange = root.dataset.change === "yes";
  const status = make("p", { class: "kutip-status", role: "status", "aria-live": "polite" });
  const bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": t("adding") });
  const list = make("ul", { class: "kutip-list", tabindex: -1 });
  const count = make("span", { class: "kutip-source" });
  const search = make("input", { type: "search", placeholder: t("search"), "aria-label": t("search") });
  const more = button(t("more"), () => refresh(true), { class: "kutip-button", hidden: true });
  let shown = PAGE; // how many were asked for
  let newest = 0; // of the requests for the list: the answers to older ones are out of date
  const say = (text) => { status.textContent = text; };

  const row = (entry) => {
    const about = [languageName(entry.language), entry.published, counted("sentences", entry.sentences),
      entry.source && make("span", { class: "kutip-address" }, entry.source)];
    const box = make("input", { type: "checkbox", value: entry.id, "aria-label": `${t("ask_only")}: ${entry.title}`,
      onchange: () => {
        if (box.checked) chosen.add(entry.id); else chosen.delete(entry.id);
        tellChosen();
      } });
    box.checked = chosen.has(entry.id);
    const item = make("li", {}, box,
      make("button", { type: "button", class: "kutip-open", "data-article": entry.id, dir: "auto" }, entry.title),
      make("span", { class: "kutip-source" }, ...dotted(about)));
    if (mayChange) {
      item.append(button(t("remove"), () => removing(entry, item, list, say, refresh),
        { class: "kutip-button kutip-remove", "aria-label": `${t("remove")}: ${entry.title}` }));
    }
    return item;
  };

  const refresh = async (further = false) => {
    newest += 1;
    const mine = newest;
    const first = further ? shown : 0;
    const most = further ? PAGE : Math.min(shown, MOST_LISTED);
    more.disabled = !further; // until it is known what there is more of
    try {
      const query = new URLSearchParams({ containing: search.value, limit: most, offset: first });
      const found = await request(`v1/articles?${query}`);
      if (mine !== newest) return;
      shown = first + most;
      more.disabled = false;
      const held = document.activeElement === more;
      const rows = found.articles.map((entry) => leaving.get(entry.id)?.gone ?? row(entry));
      if (!rows.length && !further) rows.push(make("li", {}, t(found.total ? "no_match" : "empty")));
      if (further) list.append(...rows); else redrawn(list, () => list.replaceChildren(...rows));
      count.textContent = counted("articles", found.total);
      more.hidden = found.articles.length < most;
      if (held && more.hidden) (rows[0]?.querySelector("input") ?? list).focus();
      kutip.libraryHas?.(found.total);
    } catch (error) {
      if (mine !== newest) return;
      more.disabled = false;
      say(`${t("failed")}: ${error.message}`);
    }
  };
  kutip.refreshArticles = refresh;

  const coming = [];
  const take = async (files) => {
    coming.push(...files);
    if (coming.length > files.length) return; // they are taken, and told, with those before them
    bar.hidden = false;
    const problems = [];
    const all = Object.fromEntries(Object.keys(DONE).map((key) => [key, []]));
    for (const [i, file] of coming.entries()) { // also those that come meanwhile
      say(`${t("adding")} ${file.name} (${i + 1}/${coming.length})`);
      try {
        await readable(file);
        const report = await upload(file, bar);
        for (const key of Object.keys(all)) all[key].push(...report[key]);
        problems.push(...report.failed.map(reason));
      } catch (error) {
        problems.push(error.message.includes(file.name) ? error.message : `${file.name}: ${error.message}`);
      }
    }
    coming.length = 0;
    bar.hidden = true;
    input.value = ""; // it would go on naming them
    say(told(all, problems));
    refresh();
  };
  const add = async (body, clear) => {
    bar.removeAttribute("value");
    bar.hidden = false;
    try {
      const report = await post("v1/articles", body);
      say(told(report, report.failed.map(reason)));
      clear();
      refresh();
    } catch (error) {
      say(`${t("failed")}: ${error.message}`);
    }
    bar.hidden = true;
  };

  const input = make("input", { type: "file", multiple: true, id: "kutip-files", class: "kutip-hidden", onchange: () => take(input.files) });
  const drop = make("label", { class: "kutip-drop", for: "kutip-files" }, input, t("drop"), make("small", {}, t("formats")));
  for (const name of ["dragover", "dragenter"]) drop.addEventListener(name, (event) => event.preventDefault());
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  const title = make("input", { type: "text", placeholder: t("title"), "aria-label": t("title"), maxlength: 300 });
  const text = make("textarea", { rows: 4, placeholder: t("paste"), "aria-label": t("paste"), required: true });
  const paste = make("form", { onsubmit: (event) => {
    event.preventDefault();
    add({ text: text.value, title: title.value }, () => { text.value = title.value = ""; });
  } }, title, text, make("button", { type: "submit", class: "kutip-button" }, t("add")));
  const address = make("input", { type: "url", placeholder: "https://", "aria-label": t("url"), required: true });
  const web = make("form", { onsubmit: (event) => {
    event.preventDefault();
    add({ url: address.value }, () => { address.value = ""; });
  } }, make("label", {}, t("url"), address), make("button", { type: "submit", class: "kutip-button" }, t("add")));

  let waiting;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      shown = PAGE;
      refresh();
    }, 200);
  });
  if (mayChange) root.append(drop, bar, make("details", {}, make("summary", {}, t("paste")), paste));
  if (mayChange && root.dataset.urls === "yes") root.append(web);
  root.append(status, make("div", { class: "kutip-tools" }, search, count), list, more);
  refresh();
});

// Only the newest answer counts, as articles may have come and gone meanwhile.
let looked = 0;
const lookForSample = async () => {
  looked += 1;
  const mine = looked;
  const name = document.getElementById("kutip-bar").dataset.sample;
  const found = await request(`v1/articles?${new URLSearchParams({ containing: name, limit: 1 })}`).catch(() => null);
  if (found && mine === looked) document.body.classList.toggle("kutip-sample", found.articles.length > 0);
};

// An empty library invites to add one, or to try the sample.
whenThere("kutip-invitation", (root) => {
  let known = null; // how many articles there were
  kutip.libraryHas = (total) => {
    if (total === known) return; // searched, or read again
    known = total;
    const mayChange = document.getElementById("kutip-bar").dataset.change === "yes";
    lookForSample();
    if (total) {
      root.replaceChildren(make("p", {}, t("invitation")));
      return;
    }
    const said = make("span", { role: "status" });
    const sample = button(t("try_sample"), async () => {
      try {
        await post("v1/articles/sample", {});
        kutip.refreshArticles();
      } catch (error) {
        said.textContent = `${t("failed")}: ${error.message}`;
      }
    }, { class: "kutip-button" });
    root.replaceChildren(make("p", {}, make("strong", {}, t("empty")), " ", mayChange ? t("empty_hint") : ""),
      ...(mayChange ? [make("p", {}, button(t("add_one"), () => tab(1), { class: "kutip-button" }), " ", sample, " ", said)] : []));
  };
  root.replaceChildren(make("p", {}, t("invitation")));
  request("v1/articles?limit=1").then((found) => { if (known === null) kutip.libraryHas(found.total); }, () => {});
});
