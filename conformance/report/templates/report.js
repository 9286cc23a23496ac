"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const evidence = JSON.parse($("evidence").textContent);
  const rows = [...document.querySelectorAll(".row")];
  const areas = [...document.querySelectorAll(".area")];
  const tiles = [...document.querySelectorAll("[data-outcome][aria-pressed]")];
  const levels = [...document.querySelectorAll("[data-level][aria-pressed]")];
  const themes = ["", "light", "dark"];
  const state = { outcome: new Set(), level: new Set(), area: "", q: "", theme: "" };

  // Elements. What the target wrote only ever becomes text content.
  const make = (tag, cls, text) => {
    const node = document.createElement(tag);
    if (cls) node.className = cls;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  // Indents JSON without parsing it: numbers, repeated keys and the order stay as they were sent.
  const pretty = (text) => {
    if (!/^\s*[[{]/.test(text)) return text;
    let out = "", depth = 0, at = 0;
    const line = () => "\n" + "  ".repeat(Math.min(depth, 40));
    while (at < text.length) {
      const char = text[at];
      if (char === '"') {
        let end = at + 1;
        while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
        out += text.slice(at, end + 1);
        at = end + 1;
        continue;
      }
      if (char === "{" || char === "[") {
        const empty = /^[{[]\s*[}\]]/.exec(text.slice(at, at + 200));
        if (empty) { out += char + text[at + empty[0].length - 1]; at += empty[0].length; continue; }
        depth += 1;
        out += char + line();
      } else if (char === "}" || char === "]") {
        depth = Math.max(0, depth - 1);
        out += line() + char;
      } else if (char === ",") out += char + line();
      else if (char === ":") out += ": ";
      else if (!/\s/.test(char)) out += char;
      at += 1;
    }
    return out;
  };

  const copy = async (button) => {
    const pre = button.nextElementSibling;
    let done = true;
    try { await navigator.clipboard.writeText(pre.textContent); } catch {
      const range = document.createRange();
      range.selectNodeContents(pre);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  };

  const code = (text) => {
    const box = make("div", "code"), button = make("button", "quiet copy", "Copy"), pre = make("pre", "", text);
    button.type = "button";
    pre.tabIndex = 0;
    box.append(button, pre);
    return box;
  };

  const fold = (title, ...inside) => {
    const box = make("details", "fold");
    box.append(make("summary", "", title), ...inside);
    return box;
  };

  const headers = (pairs) => fold(`${pairs.length} headers`, make("div", "hd", pairs.map((p) => p.join(": ")).join("\n")));
  const ms = (value) => (value === null ? "" : `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`);

  const events = (list) => {
    const box = make("div", "evbox"), table = make("table", "ev"), head = make("tr");
    const named = list.some((item) => item[2]);
    for (const name of ["event", "at ms", ...(named ? ["name"] : []), "data"]) {
      const cell = make("th", "", name);
      cell.scope = "col";
      head.append(cell);
    }
    table.append(head);
    for (const item of list) {
      const row = make("tr");
      const [number, at, name, data] = item;
      for (const value of [number, at.toFixed(1), ...(named ? [name] : []), data]) row.append(make("td", "", String(value)));
      table.append(row);
    }
    box.tabIndex = 0;
    box.append(table);
    return box;
  };

  const status = (x) => (x.status === null ? "no response" : String(x.status));

  const fillExchange = (x) => {
    const box = make("div", "xin");
    box.append(make("h4", "", "Request"), make("div", "line", `${x.method} ${x.url}`), headers(x.sent_headers));
    if (x.sent) box.append(code(pretty(x.sent)));
    if (x.sent_cut) box.append(make("p", "cutnote", x.sent_cut));
    for (const tried of x.attempts) box.append(make("p", "small muted", `tried before: ${tried}`));
    const first = x.first_ms === null ? "" : `, first byte after ${ms(x.first_ms)}`;
    const last = x.ms === null ? "" : `, last after ${ms(x.ms)}`;
    box.append(make("h4", "", "Response"), make("div", "line", `${x.http} ${status(x)}${first}${last}`));
    if (x.failure) box.append(make("p", "cutnote", x.failure));
    if (x.stopped) box.append(make("p", "small muted", "The suite stopped reading here, as the probe asked."));
    if (x.headers.length) box.append(headers(x.headers));
    if (x.events.length) box.append(events(x.events));
    else if (x.body) box.append(code(pretty(x.body)));
    else box.append(make("p", "small muted", "No body."));
    if (x.cut) box.append(make("p", "cutnote", x.cut));
    box.append(make("h4", "", "Repeat"), code(x.curl));
    return box;
  };

  const exchange = (id) => {
    const x = evidence[id], box = make("details", "x"), title = make("summary");
    const kind = x.events.length ? `, ${x.events[x.events.length - 1][0]} events` : "";
    const path = x.url.replace(/^https?:\/\/[^/]*/, "");
    title.append(make("span", "mono", `${id} `), `${x.method} ${path} → `, make("span", "st2", status(x)));
    title.append(make("span", "muted", `${x.ms === null ? "" : ", " + ms(x.ms)}${kind}  ${x.probe}`));
    box.append(title);
    box.addEventListener("toggle", () => { if (box.open && box.children.length === 1) box.append(fillExchange(x)); });
    return box;
  };

  const fillRow = (row) => {
    const place = row.querySelector("[data-exchanges]");
    if (!place || place.childElementCount) return;
    const ids = place.dataset.exchanges.split(" ").filter((id) => Object.hasOwn(evidence, id));
    if (!ids.length) return;
    place.append(make("h4", "small muted", ids.length === 1 ? "Exchange" : `${ids.length} exchanges`));
    place.append(...ids.slice(0, 8).map(exchange));
    if (ids.length <= 8) return;
    const more = make("button", "quiet", `Show ${ids.length - 8} more`);
    more.type = "button";
    more.addEventListener("click", () => more.replaceWith(...ids.slice(8).map(exchange)));
    place.append(more);
  };

  // Filters live in the address (#outcome=fail,warn&q=…), so that a view can be sent to a colleague.
  const write = () => {
    const said = new URLSearchParams();
    for (const name of ["outcome", "level"]) if (state[name].size) said.set(name, [...state[name]].join(","));
    for (const name of ["area", "q", "theme"]) if (state[name]) said.set(name, state[name]);
    const text = said.toString().replaceAll("%2C", ",");
    try { history.replaceState(null, "", text ? "#" + text : location.pathname + location.search); } catch { /* a sandboxed frame */ }
  };

  const apply = () => {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const area of areas) {
      let here = 0;
      for (const row of area.querySelectorAll(".row")) {
        const match = (!state.outcome.size || state.outcome.has(row.dataset.outcome))
          && (!state.level.size || state.level.has(row.dataset.level))
          && (!state.area || state.area === area.dataset.area)
          && words.every((word) => row.dataset.text.includes(word));
        row.hidden = !match;
        here += match;
      }
      area.hidden = !here;
      shown += here;
    }
    $("shown").textContent = shown === rows.length ? `${rows.length} requirements` : `${shown} of ${rows.length} shown`;
    $("none").hidden = shown > 0 || !rows.length;
    for (const tile of tiles) tile.setAttribute("aria-pressed", String(state.outcome.has(tile.dataset.outcome)));
    for (const chip of levels) chip.setAttribute("aria-pressed", String(state.level.has(chip.dataset.level)));
    if ($("q").value !== state.q) $("q").value = state.q;
    $("area").value = state.area;
    $("clear").hidden = shown === rows.length && !state.q;
    if (state.theme) document.documentElement.dataset.theme = state.theme;
    else delete document.documentElement.dataset.theme;
    $("theme").textContent = `Theme: ${state.theme || "auto"}`;
  };

  const changed = () => { apply(); write(); };
  const toggle = (set, value) => { if (!set.delete(value)) set.add(value); changed(); };

  const read = () => {
    let hash = location.hash.slice(1);
    let target = null;
    try { target = hash ? $(decodeURIComponent(hash)) : null; } catch { hash = ""; }
    if (target && target.classList.contains("row")) {
      if (target.hidden) { state.outcome.clear(); state.level.clear(); state.area = state.q = ""; }
      apply();
      target.open = true;
      target.scrollIntoView();
      target.firstElementChild.focus({ preventScroll: true });
      return;
    }
    if (target) return apply();
    const said = new URLSearchParams(hash), list = (name) => new Set((said.get(name) || "").split(",").filter(Boolean));
    state.outcome = list("outcome");
    state.level = list("level");
    state.area = said.get("area") || "";
    state.q = said.get("q") || "";
    if (themes.includes(said.get("theme") || "")) state.theme = said.get("theme") || "";
    apply();
    if (state.area) $("requirements").scrollIntoView();
  };

  for (const row of rows) row.addEventListener("toggle", () => { if (row.open) fillRow(row); });
  for (const tile of tiles) {
    tile.addEventListener("click", () => {
      toggle(state.outcome, tile.dataset.outcome);
      if (tile.classList.contains("tile") && state.outcome.has(tile.dataset.outcome)) $("requirements").scrollIntoView();
    });
  }
  for (const chip of levels) chip.addEventListener("click", () => toggle(state.level, chip.dataset.level));
  for (const button of document.querySelectorAll(".copy")) button.hidden = false;
  document.addEventListener("click", (event) => { if (event.target.classList.contains("copy")) copy(event.target); });
  $("q").addEventListener("input", () => { state.q = $("q").value; changed(); });
  $("area").addEventListener("change", () => { state.area = $("area").value; changed(); });
  $("clear").addEventListener("click", () => {
    state.outcome.clear(); state.level.clear(); state.area = state.q = ""; changed(); $("q").focus();
  });
  $("theme").addEventListener("click", () => { state.theme = themes[(themes.indexOf(state.theme) + 1) % 3]; changed(); });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); $("q").focus(); }
    if (event.key === "Escape" && document.activeElement === $("q") && state.q) { state.q = ""; changed(); }
  });
  addEventListener("hashchange", read);
  addEventListener("beforeprint", () => {
    for (const row of rows) if (["fail", "warn", "error"].includes(row.dataset.outcome)) row.open = true;
  });
  $("theme").hidden = false;
  document.querySelector(".filters").hidden = false;
  read();
})();
