// The article panel and the list of articles. All text comes from the REST interface and is set as text, never as HTML.
(() => {
  "use strict";
  const WORDS = {
    en: {
      close: "Close", article: "Article", original: "Download the original", search: "Search the list",
      drop: "Drop files here, or choose them", formats: "Text, Markdown, HTML, PDF, DOCX, CSV, JSON lines, RSS, ZIP",
      paste: "Paste a text", title: "Title (if it has one)", add: "Add", url: "Web address", remove: "Remove",
      undo: "Undo", removed: "removed", ask: "Ask only the chosen ones", empty: "There are no articles yet. Add one here.",
      sentences: "sentences", added: "added", known: "known already", replaced: "replaced", page: "page", more: "Show more",
      failed: "That did not work", articles: "articles", adding: "reading",
    },
    id: {
      close: "Tutup", article: "Artikel", original: "Unduh aslinya", search: "Cari di daftar",
      drop: "Taruh berkas di sini, atau pilih", formats: "Teks, Markdown, HTML, PDF, DOCX, CSV, JSON lines, RSS, ZIP",
      paste: "Tempel teks", title: "Judul (bila ada)", add: "Tambah", url: "Alamat web", remove: "Hapus",
      undo: "Urungkan", removed: "dihapus", ask: "Tanyai yang dipilih saja", empty: "Belum ada artikel. Tambahkan di sini.",
      sentences: "kalimat", added: "ditambah", known: "sudah ada", replaced: "diganti", page: "halaman", more: "Tampilkan lagi",
      failed: "Tidak berhasil", articles: "artikel", adding: "membaca",
    },
  };
  const chosenLanguage = () => {
    const kept = localStorage.getItem("kutip-language");
    return kept || (navigator.language.toLowerCase().startsWith("id") ? "id" : "en");
  };
  const t = (key) => WORDS[chosenLanguage()][key];

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  };

  const request = async (path, options) => {
    const reply = await fetch(path, options);
    const body = await reply.json();
    if (!reply.ok) throw new Error(body.detail || reply.statusText);
    return body;
  };

  // -- the article beside the chat ------------------------------------------------------------------

  // Offsets count characters (code points), JavaScript counts UTF-16 units.
  const marked = (text, spans) => {
    const characters = Array.from(text);
    const parts = [];
    let at = 0;
    for (const { start, end, kind } of spans) {
      if (start < at) continue;
      parts.push(characters.slice(at, start).join(""));
      parts.push(make("mark", { class: kind }, characters.slice(start, end).join("")));
      at = end;
    }
    parts.push(characters.slice(at).join(""));
    return parts;
  };

  let opener = null;
  const close = () => {
    const panel = document.getElementById("kutip-panel");
    if (panel) panel.classList.remove("open");
    document.body.classList.remove("kutip-reading");
    if (opener) opener.focus();
    opener = null;
  };

  const show = async (button) => {
    const panel = document.getElementById("kutip-panel");
    opener = button;
    let article;
    try {
      article = await request(`v1/articles/${encodeURIComponent(button.dataset.article)}`);
    } catch (error) {
      panel.replaceChildren(make("p", {}, `${t("failed")}: ${error.message}`));
      panel.classList.add("open");
      return;
    }
    const spans = JSON.parse(button.dataset.spans || "[]")
      .map(([start, end], i) => ({ start, end, kind: i ? "further" : "quote" }))
      .sort((one, other) => one.start - other.start || (one.kind === "quote" ? -1 : 1));
    const about = [article.author, article.published, article.source, article.language].filter(Boolean).join(" · ");
    const text = make("div", { class: "kutip-text", dir: "auto", lang: article.language || null });
    text.append(...marked(article.text, spans));
    panel.replaceChildren(
      make("header", {},
        make("h2", { dir: "auto" }, article.title),
        make("button", { type: "button", class: "kutip-close", "aria-label": t("close"), onclick: close }, "×")),
      make("p", { class: "kutip-source", dir: "auto" }, about),
      text,
      make("p", {}, make("a", { href: `v1/articles/${article.id}/original`, download: article.source || "original" }, t("original"))),
    );
    panel.setAttribute("role", "complementary");
    panel.setAttribute("aria-label", `${t("article")}: ${article.title}`);
    panel.setAttribute("tabindex", "-1");
    panel.classList.add("open");
    document.body.classList.add("kutip-reading");
    panel.focus({ preventScroll: true });
    const mark = panel.querySelector("mark.quote");
    if (mark) text.scrollTop = mark.offsetTop - text.offsetTop - text.clientHeight / 3;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-article]");
    if (button) show(button);
  });
  // A follow-up that was completed wrongly is asked as it stands: in quotation marks.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-literal]");
    if (!button) return;
    const boxes = [...document.querySelectorAll("textarea")].filter((box) => box.offsetParent && !box.closest("#kutip-articles"));
    const box = boxes[boxes.length - 1];
    const setter = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
    setter.call(box, `"${button.dataset.literal}"`);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
    setTimeout(() => box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", bubbles: true })), 60);
    setTimeout(() => box.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", code: "Enter", bubbles: true })), 80);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opener) close();
  });

  // -- the list of articles -------------------------------------------------------------------------

  const chosen = new Set();
  const tellChosen = () => {
    const box = document.querySelector("#kutip-chosen textarea, #kutip-chosen input");
    if (!box) return;
    const setter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value").set;
    setter.call(box, JSON.stringify([...chosen]));
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const PAGE = 100;
  const build = (root) => {
    const allowed = root.dataset;
    const status = make("p", { class: "kutip-status", role: "status", "aria-live": "polite" });
    const bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": t("adding") });
    const list = make("ul", { class: "kutip-list" });
    const count = make("span", { class: "kutip-source" });
    const search = make("input", { type: "search", placeholder: t("search"), "aria-label": t("search") });
    const more = make("button", { type: "button", hidden: true }, t("more"));
    let offset = 0;

    const say = (text) => { status.textContent = text; };
    const told = (report) => say([["added", "added"], ["replaced", "replaced"], ["unchanged", "known"]]
      .filter(([key]) => report[key].length).map(([key, word]) => `${report[key].length} ${t(word)}`).join(", "));

    const row = (entry) => {
      const about = [entry.language, entry.published, `${entry.sentences} ${t("sentences")}`, entry.source];
      const box = make("input", { type: "checkbox", "aria-label": `${t("ask")}: ${entry.title}`, onchange: () => {
        if (box.checked) chosen.add(entry.id); else chosen.delete(entry.id);
        tellChosen();
      } });
      box.checked = chosen.has(entry.id);
      const item = make("li", {}, box,
        make("button", { type: "button", class: "kutip-open", "data-article": entry.id, dir: "auto" }, entry.title),
        make("span", { class: "kutip-source", dir: "auto" }, about.filter(Boolean).join(" · ")));
      if (allowed.change === "yes") item.append(make("button", { type: "button", class: "kutip-remove",
        "aria-label": `${t("remove")}: ${entry.title}`, onclick: () => remove(entry, item) }, t("remove")));
      return item;
    };

    // Nothing is removed before the time for a change of mind is over.
    const remove = (entry, item) => {
      const undo = make("button", { type: "button" }, t("undo"));
      const gone = make("li", { class: "kutip-gone" }, make("span", { dir: "auto" }, `${entry.title}: ${t("removed")}`), undo);
      item.replaceWith(gone);
      undo.focus();
      let done = false;
      const really = async () => {
        if (done) return;
        done = true;
        gone.remove();
        chosen.delete(entry.id);
        tellChosen();
        try {
          await request(`v1/articles/${entry.id}`, { method: "DELETE", keepalive: true });
        } catch (error) {
          say(`${t("failed")}: ${error.message}`);
        }
        refresh();
      };
      const timer = setTimeout(really, 6000);
      window.addEventListener("pagehide", really, { once: true });
      undo.addEventListener("click", () => {
        done = true;
        clearTimeout(timer);
        gone.replaceWith(item);
      });
    };

    const refresh = async (further = false) => {
      offset = further ? offset + PAGE : 0;
      try {
        const query = new URLSearchParams({ containing: search.value, limit: PAGE, offset });
        const found = await request(`v1/articles?${query}`);
        if (!further) list.replaceChildren();
        list.append(...found.articles.map(row));
        count.textContent = `${found.total} ${t("articles")}`;
        more.hidden = found.articles.length < PAGE;
        if (!found.total) list.append(make("li", {}, t("empty")));
      } catch (error) {
        say(`${t("failed")}: ${error.message}`);
      }
    };

    const upload = (file) => new Promise((resolve, reject) => {
      const sending = new XMLHttpRequest();
      sending.open("POST", `v1/articles/file?name=${encodeURIComponent(file.name)}`);
      sending.upload.onprogress = (event) => {
        bar.max = event.total || 1;
        bar.value = event.loaded;
      };
      sending.upload.onload = () => { bar.removeAttribute("value"); };
      sending.onload = () => {
        const body = JSON.parse(sending.responseText);
        if (sending.status < 300) resolve(body); else reject(new Error(body.detail));
      };
      sending.onerror = () => reject(new Error("network"));
      sending.send(file);
    });

    const take = async (files) => {
      bar.hidden = false;
      const problems = [];
      const all = { added: [], replaced: [], unchanged: [] };
      for (const [i, file] of [...files].entries()) {
        say(`${t("adding")} ${file.name} (${i + 1}/${files.length})`);
        try {
          const report = await upload(file);
          for (const key of Object.keys(all)) all[key].push(...report[key]);
        } catch (error) {
          problems.push(`${file.name}: ${error.message}`);
        }
      }
      bar.hidden = true;
      told(all);
      if (problems.length) say([status.textContent, ...problems].filter(Boolean).join(" · "));
      refresh();
    };

    const input = make("input", { type: "file", multiple: true, id: "kutip-files", onchange: () => take(input.files) });
    const drop = make("label", { class: "kutip-drop", for: "kutip-files" }, t("drop"), make("small", {}, t("formats")), input);
    for (const name of ["dragover", "dragenter"]) drop.addEventListener(name, (event) => event.preventDefault());
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      take(event.dataTransfer.files);
    });
    const title = make("input", { type: "text", placeholder: t("title"), "aria-label": t("title"), maxlength: 300 });
    const text = make("textarea", { rows: 4, placeholder: t("paste"), "aria-label": t("paste") });
    const post = async (body, clear) => {
      try {
        told(await request("v1/articles", {
          method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }));
        clear();
        refresh();
      } catch (error) {
        say(`${t("failed")}: ${error.message}`);
      }
    };
    const paste = make("form", { onsubmit: (event) => {
      event.preventDefault();
      post({ text: text.value, title: title.value }, () => { text.value = title.value = ""; });
    } }, title, text, make("button", { type: "submit" }, t("add")));
    const address = make("input", { type: "url", placeholder: "https://", "aria-label": t("url"), required: true });
    const web = make("form", { onsubmit: (event) => {
      event.preventDefault();
      post({ url: address.value }, () => { address.value = ""; });
    } }, address, make("button", { type: "submit" }, t("add")));

    let waiting;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => refresh(), 200);
    });
    more.addEventListener("click", () => refresh(true));
    if (allowed.change === "yes") root.append(drop, bar, make("details", {}, make("summary", {}, t("paste")), paste));
    if (allowed.change === "yes" && allowed.urls === "yes") root.append(web);
    root.append(status, make("div", { class: "kutip-tools" }, search, count), list, more);
    refresh();
  };

  new MutationObserver(() => {
    const root = document.getElementById("kutip-articles");
    if (root && !root.dataset.ready) {
      root.dataset.ready = "yes";
      build(root);
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
