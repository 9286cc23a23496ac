"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const rows = data.rows, exchanges = data.evidence.exchanges;
  const byId = new Map(rows.map((row) => [row.id, row]));
  const themes = ["", "light", "dark"];
  const state = { outcome: new Set(), level: new Set(), area: "", status: "", q: "", theme: "", at: "" };
  const FIRST = 100;  // rows of a group that are shown before somebody asks for all

  // Elements. What the target wrote only ever becomes text content.
  const make = (tag, cls, ...inside) => {
    const node = document.createElement(tag);
    if (cls) node.className = cls;
    node.append(...inside);
    return node;
  };
  const button = (cls, text, click) => {
    const node = make("button", cls, text);
    node.type = "button";
    node.addEventListener("click", click);
    return node;
  };
  const count = (number, one) => `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;

  // `names` in backticks become code, as in the parts of the page that are not made here.
  const prose = (text) => {
    const parts = text.split("`");
    if (parts.length % 2 === 0) return [text];
    return parts.map((part, n) => (n % 2 ? make("code", "", part) : part));
  };

  // JSON with line breaks, without parsing it: numbers, repeated keys and the order stay as they were sent.
  // `place` is a JSON pointer: the value there, or the nearest one around it, is the second of the three parts returned.
  const tokens = (text, place, wide) => {
    if (!/^\s*[[{]/.test(text)) return [text, "", ""];
    const wanted = place.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const stack = [];
    let out = "", at = 0, best = null;
    const line = () => (wide ? "\n" + "  ".repeat(Math.min(stack.length, 40)) : "");
    const begins = () => {
      const depth = stack.length;
      const near = depth && depth <= wanted.length && stack.every((level, n) => String(level.key) === wanted[n]);
      return near ? { depth, from: out.length } : null;
    };
    const ends = (span) => { if (span && (!best || span.depth > best.depth)) best = { ...span, to: out.length }; };
    while (at < text.length) {
      const char = text[at], level = stack[stack.length - 1];
      if (/\s/.test(char)) at += 1;
      else if (char === '"') {
        let end = at + 1;
        while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
        const word = text.slice(at, end + 1), name = level && level.object && level.name;
        at = end + 1;
        if (name) { try { level.key = JSON.parse(word); } catch { level.key = word; } }
        const span = name ? null : begins();
        out += word;
        ends(span);
      } else if (char === "{" || char === "[") {
        const span = begins(), empty = /^[{[]\s*[}\]]/.exec(text.slice(at, at + 200));
        if (empty) { out += char + text[at + empty[0].length - 1]; at += empty[0].length; ends(span); continue; }
        stack.push({ object: char === "{", name: true, key: char === "{" ? "" : 0, span });
        out += char + line();
        at += 1;
      } else if (char === "}" || char === "]") {
        stack.pop();
        out += line() + char;
        at += 1;
        if (level) ends(level.span);
      } else if (char === ",") {
        if (level) { level.name = true; if (!level.object) level.key += 1; }
        out += char + (wide ? line() : " ");
        at += 1;
      } else if (char === ":") {
        if (level) level.name = false;
        out += ": ";
        at += 1;
      } else {
        const word = /^[^\s,:{}[\]"]+/.exec(text.slice(at, at + 4000))[0], span = begins();
        out += word;
        at += word.length;
        ends(span);
      }
    }
    return best ? [out.slice(0, best.from), out.slice(best.from, best.to), out.slice(best.to)] : [out, "", ""];
  };
  const marked = (parts) => (parts[1] ? [parts[0], make("mark", "", parts[1]), parts[2]] : [parts[0]]);

  // A place as findings name it: `/choices/0`, `event 9 /choices/0/delta`, `status`, `header x-request-id`, `headers`.
  const placeOf = (where) => {
    const text = where || "", event = /\bevents? (\d+)/.exec(text), pointer = /(?:^|\s)(\/[^\s,;]*)/.exec(text);
    return {
      event: event ? Number(event[1]) : -1,
      pointer: pointer && pointer[1] !== "/" ? pointer[1] : "",
      status: /^\/?status\b/.test(text),
      header: (/^\/?headers?[ /]([\w-]+)/i.exec(text) || ["", ""])[1].toLowerCase(),
    };
  };

  const copy = async (from) => {
    const pre = from.nextElementSibling;
    let done = true;
    try { await navigator.clipboard.writeText(pre.textContent); } catch {
      const range = document.createRange();
      range.selectNodeContents(pre);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      done = document.execCommand("copy");
    }
    from.textContent = done ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { from.textContent = "Copy"; }, 1600);
  };

  const code = (...parts) => {
    const button = make("button", "quiet copy", "Copy"), pre = make("pre", "", ...parts);
    button.type = "button";
    pre.tabIndex = 0;
    return make("div", "code", button, pre);
  };

  const fold = (title, ...inside) => make("details", "fold", make("summary", "", title), ...inside);

  const headers = (places, wanted) => {
    const pairs = (places || []).map((at) => data.evidence.headers[at]), lines = make("div", "hd");
    for (const [name, value] of pairs) {
      const line = `${name}: ${value}`;
      lines.append(name.toLowerCase() === wanted ? make("mark", "", line) : line, "\n");
    }
    const box = fold(count(pairs.length, "header"), lines);
    box.open = Boolean(wanted);
    return box;
  };
  const ms = (value) => (value === null || value === undefined ? "" : `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`);

  const events = (list, place) => {
    const table = make("table", "ev"), head = make("tr");
    const named = list.some((item) => item[2]);
    for (const name of ["event", "at ms", ...(named ? ["name"] : []), "data"]) {
      const cell = make("th", "", name);
      cell.scope = "col";
      head.append(cell);
    }
    table.append(head);
    for (const [number, at, name, text] of list) {
      const here = number === place.event;
      const row = make("tr", here ? "here" : "");
      for (const value of [number, at.toFixed(1), ...(named ? [name] : [])]) row.append(make("td", "", String(value)));
      row.append(make("td", "", ...(here ? marked(tokens(text, place.pointer, false)) : [text])));
      table.append(row);
    }
    const box = make("div", "evbox", table);
    box.tabIndex = 0;
    return box;
  };

  const status = (x) => (x.status === null || x.status === undefined ? "no response" : String(x.status));
  const curl = (x) => data.evidence.curls[x.curl].replace("\0", () => `'${(x.sent || "").replaceAll("'", "'\"'\"'")}'`);

  const fillExchange = (x, where) => {
    const box = make("div", "xin"), place = placeOf(where);
    box.append(make("p", "part", "Request"), make("div", "line", `${x.method} ${x.url}`), headers(x.sent_headers, ""));
    if (x.sent) box.append(code(tokens(x.sent, "", true)[0]));
    if (x.sent_cut) box.append(make("p", "cutnote", x.sent_cut));
    for (const tried of x.attempts || []) box.append(make("p", "small muted", `tried before: ${tried}`));
    const first = ms(x.first_ms) && `, first byte after ${ms(x.first_ms)}`, last = ms(x.ms) && `, last after ${ms(x.ms)}`;
    const said = `${x.http || ""} ${status(x)}`;
    box.append(make("p", "part", "Response"));
    box.append(make("div", "line", place.status ? make("mark", "", said) : said, `${first}${last}`));
    if (x.failure) box.append(make("p", "cutnote", x.failure));
    if (x.stopped) box.append(make("p", "small muted", "The suite stopped reading here, as the probe asked."));
    if (x.headers) box.append(headers(x.headers, place.header));
    if (x.events) box.append(events(x.events, place));
    else if (x.body) box.append(code(...marked(tokens(x.body, place.pointer, true))));
    else box.append(make("p", "small muted", "No body."));
    if (x.cut) box.append(make("p", "cutnote", x.cut));
    box.append(make("p", "part", "Repeat"), code(curl(x)));
    return box;
  };

  const exchange = (id, where) => {
    const x = exchanges[id];
    if (!x) return make("p", "small muted", make("span", "mono", id), " is in run.ndjson.");
    const box = make("details", "x"), title = make("summary");
    const kind = x.events ? `, ${count(x.events[x.events.length - 1][0] + 1, "event")}` : "";
    const path = x.url.replace(/^https?:\/\/[^/]*/, "");
    title.append(make("span", "mono", `${id} `), `${x.method} ${path} → `, make("span", "st2", status(x)));
    title.append(make("span", "muted", `${ms(x.ms) && ", " + ms(x.ms)}${kind}  ${x.probe}`));
    box.append(title);
    box.addEventListener("toggle", () => { if (box.open && box.children.length === 1) box.append(fillExchange(x, where)); });
    return box;
  };

  const fillExchanges = (place) => {
    if (place.childElementCount) return;
    const ids = place.dataset.exchanges.split(" "), where = JSON.parse(place.dataset.places || "{}");
    const one = (id) => exchange(id, place.dataset.where || where[id] || "");
    if (ids.length > 1) place.append(make("p", "small muted", `${ids.length} exchanges`));
    place.append(...ids.slice(0, 8).map(one));
    if ("curl" in place.dataset && exchanges[ids[0]]) place.append(fold("Repeat with curl", code(curl(exchanges[ids[0]]))));
    if (ids.length <= 8) return;
    const more = button("quiet", `Show ${ids.length - 8} more`, () => more.replaceWith(...ids.slice(8).map(one)));
    place.append(more);
  };

  // What waits in a template is made when its details are opened.
  const wake = (details) => {
    const waiting = details.querySelector(":scope > template");
    if (waiting) waiting.replaceWith(waiting.content);
    for (const hidden of details.querySelectorAll(".copy")) hidden.hidden = false;
    for (const place of details.querySelectorAll("[data-exchanges]")) if (!place.closest("template")) fillExchanges(place);
  };

  // One requirement

  const badge = (outcome) => {
    const glyph = make("i", "", data.outcomes[outcome].glyph);
    glyph.setAttribute("aria-hidden", "true");
    return make("span", `badge o-${outcome}`, glyph, ` ${data.outcomes[outcome].label}`);
  };
  const pairs = (cls, ...items) => {
    const list = make("dl", cls);
    for (const [name, inside, kind] of items) if (inside) list.append(make("dt", "", name), make("dd", kind || "", ...[].concat(inside)));
    return list;
  };
  const link = (id, text) => {
    const node = make("a", "mono", text);
    node.href = `#${id}`;
    return node;
  };

  const outside = (url) => {
    const node = make("a", "mono", url);
    node.href = url;
    return node;
  };

  const inside = (row) => {
    const box = make("div", `inside o-${row.outcome}`), places = {};
    if (row.reason || row.detail) {
      const why = row.reason ? [make("b", "", row.reason), `: ${data.reasons[row.reason] || ""}. `] : [];
      box.append(make("p", "", ...why, row.detail || ""));
    }
    for (const [expected, got, where, id, others, more] of row.findings || []) {
      if (id && !places[id]) places[id] = where;
      const found = make("div", "finding", pairs("pairs", ["Expected", expected], ["Got", got, "got"],
        ["Where", [where, id].filter(Boolean).join(" in "), "mono"]));
      if (others.length || more) {
        const list = others.map(([at, x]) => [at, x].filter(Boolean).join(" in ")).join(", ");
        found.append(make("p", "places", `The same cause: ${list}${more ? ` and ${more} more` : ""}`));
      }
      box.append(found);
    }
    if (row.cases) {
      const cases = make("div", "cases", make("span", "muted", "Cases"));
      for (const [outcome, name] of row.cases) cases.append(make("span", "", badge(outcome), " ", make("span", "mono", name)));
      box.append(cases);
    }
    const broken = ["fail", "warn"].includes(row.outcome), seen = row.seen ? count(row.seen, "exchange") : "";
    const causes = (data.causes[row.id] || []).map((id, n) => [n ? ", " : "", link(id, `#${id}`)]).flat();
    box.append(pairs("pairs small", ["Cause", causes.length ? causes : ""],
      ["Impact", (broken || row.outcome === "unsupported") && row.impact ? prose(row.impact) : ""],
      ["How to fix", broken && row.fix ? prose(row.fix) : ""], ["Source", row.source],
      ["Judged", seen && seen + (row.model ? `; depends on model quality: ${row.model}` : "")],
      ["Repeat", `${data.command} --only ${row.id}`, "mono"], ["Link", link(row.id, `#${row.id}`)], ["Documentation", row.page ? outside(row.page) : ""]));
    if (row.exchanges) {
      const place = make("div", "xs");
      place.dataset.exchanges = row.exchanges.join(" ");
      place.dataset.places = JSON.stringify(places);
      box.append(place);
    }
    return box;
  };

  const rowNode = (row) => {
    const what = make("span", "what", make("span", "id", row.id), make("span", "st", ...prose(row.statement || "")));
    const why = row.outcome === "pass" ? "" : row.findings ? row.findings[0][1] : row.detail;
    if (why) what.append(make("span", "why", why.slice(0, 300)));
    if (row.ignored) what.firstElementChild.after(make("span", `ignored o-${row.outcome}`, row.ignored));
    const node = make("details", "row", make("summary", "", badge(row.outcome), make("span", "level", row.level), what));
    node.id = row.id;
    node.dataset.outcome = row.outcome;
    node.addEventListener("toggle", () => {
      if (node.open && node.children.length === 1) { node.append(inside(row)); wake(node); }
    });
    return node;
  };

  // The requirements, in a group for each outcome

  const searchable = (row) => [row.id, row.ignored || "", row.statement, row.area, row.detail, ...(row.status || []),
    ...(row.findings || []).flatMap((found) => found.slice(0, 3))].join(" ").toLowerCase();
  const groups = data.order.map((outcome) => {
    const list = make("div", "rows"), label = data.outcomes[outcome].label, number = make("span", "muted");
    const title = make("h3", "", badge(outcome), " ", number, make("span", "muted small", ` ${data.outcomes[outcome].text}`));
    const node = make("details", "group", make("summary", "", title), list);
    const group = { outcome, label, node, list, number, matches: [], drawn: null, chosen: false };
    node.addEventListener("toggle", () => { if (node.open) draw(group); });
    return group;
  });

  const draw = (group, all) => {
    const most = all ? group.matches.length : FIRST, shown = group.matches.slice(0, most);
    const key = shown.map((row) => row.id).join(" ");
    if (group.drawn === key) return;
    group.drawn = key;
    const kept = new Map([...group.list.children].map((node) => [node.id, node]));
    const nodes = [];
    let area = "";
    for (const row of shown) {
      if (row.area !== area) { area = row.area; nodes.push(make("h4", "area", area)); }
      nodes.push(kept.get(row.id) || rowNode(row));
    }
    const rest = group.matches.length - shown.length;
    if (rest) nodes.push(button("more", `Show ${rest} more`, () => draw(group, true)));
    group.list.replaceChildren(...nodes);
  };

  const filtered = () => state.level.size || state.area || state.status || state.q;
  const apply = () => {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const group of groups) {
      const chosen = state.outcome.has(group.outcome);
      group.matches = state.outcome.size && !chosen ? [] : rows.filter((row) => row.outcome === group.outcome
        && (!state.level.size || state.level.has(row.level)) && (!state.area || state.area === row.area)
        && (!state.status || (row.status || []).includes(state.status))
        && words.every((word) => (row.text ||= searchable(row)).includes(word)));
      shown += group.matches.length;
      group.node.hidden = !group.matches.length;
      group.number.textContent = group.matches.length;
      // Failures are open at first; a filter opens what it leaves, but not a long list of passes that nobody asked for.
      const wanted = chosen || (filtered() ? !["pass", "not-applicable"].includes(group.outcome) : group.outcome === data.first);
      if (group.wanted !== wanted) { group.wanted = wanted; group.node.open = wanted; }
      if (group.node.open) draw(group);
    }
    $("shown").textContent = shown === rows.length ? count(rows.length, "requirement") : `${shown} of ${rows.length} shown`;
    $("none").hidden = shown > 0 || !rows.length;
    for (const chip of document.querySelectorAll("[data-outcome][aria-pressed]")) chip.setAttribute("aria-pressed", String(state.outcome.has(chip.dataset.outcome)));
    for (const chip of document.querySelectorAll("[data-level][aria-pressed]")) chip.setAttribute("aria-pressed", String(state.level.has(chip.dataset.level)));
    if ($("q").value !== state.q) $("q").value = state.q;
    $("area").value = state.area;
    $("status").value = state.status;
    $("clear").hidden = !filtered() && !state.outcome.size;
    if (state.theme) document.documentElement.dataset.theme = state.theme;
    else delete document.documentElement.dataset.theme;
    $("theme").textContent = `Theme: ${state.theme || "auto"}`;
  };

  // The view is in the address (#chat.stop.array, #outcome=fail&q=…), so that it survives a reload and can be sent to a colleague.
  const write = () => {
    const said = new URLSearchParams();
    for (const name of ["outcome", "level"]) if (state[name].size) said.set(name, [...state[name]].join(","));
    for (const name of ["area", "status", "q", "theme"]) if (state[name]) said.set(name, state[name]);
    const alone = state.at && !said.size;
    if (state.at) said.set("at", state.at);
    const text = alone ? encodeURI(state.at) : said.toString().replaceAll("%2C", ",");
    try { history.replaceState(null, "", text ? "#" + text : location.pathname + location.search); } catch { /* a sandboxed frame */ }
  };
  const changed = () => { state.at = ""; apply(); write(); };
  const toggle = (set, value) => { if (!set.delete(value)) set.add(value); changed(); };
  const clear = () => { state.outcome.clear(); state.level.clear(); state.area = state.status = state.q = ""; };

  const show = (id) => {
    const row = byId.get(id);
    let node = $(id);
    if (row) {
      const group = groups.find((each) => each.outcome === row.outcome);
      if (!group.matches.includes(row)) { clear(); apply(); }
      group.node.open = true;
      draw(group);
      if (!$(id)) draw(group, true);
      node = $(id);
    }
    if (!node && data.anchors.includes(id)) {
      for (let n = 0; n < 2; n += 1) document.querySelectorAll(".lazy").forEach(wake);
      node = $(id);
    }
    if (!node) return false;
    for (let outer = node.parentElement; outer; outer = outer.parentElement) if (outer.matches("details")) outer.open = true;
    if (node.matches("details")) {
      node.open = true;
      if (row) { if (node.children.length === 1) { node.append(inside(row)); wake(node); } } else wake(node);
      node.firstElementChild.focus({ preventScroll: true });
      state.at = id;
    }
    node.scrollIntoView();
    return true;
  };

  const read = () => {
    let hash = location.hash.slice(1), id = "";
    try { id = decodeURIComponent(hash); } catch { hash = ""; }
    if (id && (byId.has(id) || data.anchors.includes(id) || $(id))) {
      apply();
      show(id);
      write();
      return;
    }
    const said = new URLSearchParams(hash), list = (name) => new Set((said.get(name) || "").split(",").filter(Boolean));
    state.outcome = list("outcome");
    state.level = list("level");
    for (const name of ["area", "status", "q", "at"]) state[name] = said.get(name) || "";
    if (themes.includes(said.get("theme") || "")) state.theme = said.get("theme") || "";
    apply();
    if (state.at && show(state.at)) return;
    if (filtered() || state.outcome.size) $("requirements").scrollIntoView();
  };

  // From failure to failure: the causes first, then the requirements that are shown.
  const step = (by) => {
    const stops = [...document.querySelectorAll(".cause, .row[data-outcome=fail], .row[data-outcome=warn], .row[data-outcome=error]")]
      .filter((node) => !node.parentElement.closest("details:not([open])"));
    if (!stops.length) return;
    const here = document.activeElement && document.activeElement.closest(".cause, .row");
    const at = stops.indexOf(here);
    const next = stops[at < 0 ? (by > 0 ? 0 : stops.length - 1) : Math.min(stops.length - 1, Math.max(0, at + by))];
    show(next.id);
    write();
  };

  // Print: the page itself is one or two sheets; the appendix has the best exchange of each cause.
  const appendix = () => {
    const box = $("appendix");
    box.replaceChildren(make("h2", "", "Appendix: evidence"));
    for (const cause of [...document.querySelectorAll(".cause")].slice(0, data.printed)) {
      wake(cause);
      const title = cause.querySelector(".title"), place = cause.querySelector("[data-exchanges]");
      if (!place || !exchanges[place.dataset.exchanges]) continue;
      box.append(make("h3", "", `${cause.querySelector(".place").textContent}. ${title.textContent}`));
      box.append(fillExchange(exchanges[place.dataset.exchanges], place.dataset.where));
    }
    box.hidden = false;
    addEventListener("afterprint", () => { box.hidden = true; box.replaceChildren(); }, { once: true });
    print();
  };

  const began = () => {
    history.scrollRestoration = "manual";
    $("groups").append(...groups.map((group) => group.node));
    for (const name of [...new Set(rows.flatMap((row) => row.status || []))].sort()) {
      const option = make("option", "", name === "none" ? "no response" : name);
      option.value = name;
      $("status").append(option);
    }
    document.addEventListener("toggle", (event) => { if (event.target.open) wake(event.target); }, true);
    for (const details of document.querySelectorAll(".cause[open], .lazy[open]")) wake(details);
    document.addEventListener("click", (event) => {
      const opened = event.target.closest("summary")?.parentElement;
      if (opened && opened.id && !opened.open) { state.at = opened.id; write(); }
      const { classList, dataset } = event.target.closest("button, a") || event.target;
      if (classList.contains("copy")) copy(event.target);
      else if (classList.contains("chip")) toggle(state.outcome, dataset.outcome);
      else if (dataset.level && event.target.closest("button")) toggle(state.level, dataset.level);
    });
    for (const hidden of document.querySelectorAll(".copy")) hidden.hidden = false;
    $("q").addEventListener("input", () => { state.q = $("q").value; changed(); });
    for (const name of ["area", "status"]) $(name).addEventListener("change", () => { state[name] = $(name).value; changed(); });
    $("clear").addEventListener("click", () => { clear(); changed(); $("q").focus(); });
    $("theme").addEventListener("click", () => { state.theme = themes[(themes.indexOf(state.theme) + 1) % 3]; apply(); write(); });
    $("print").addEventListener("click", appendix);
    document.addEventListener("keydown", (event) => {
      const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape" && document.activeElement === $("q")) { state.q = ""; changed(); $("q").blur(); }
      if (typing) return;
      if (event.key === "/") { event.preventDefault(); $("q").focus(); }
      if (event.key === "n" || event.key === "j") step(1);
      if (event.key === "p" || event.key === "k") step(-1);
    });
    addEventListener("hashchange", read);
    for (const hidden of document.querySelectorAll("#theme, #print, .filters, .keys")) hidden.hidden = false;
    read();
    // The browser goes to the place in the address by itself when the page is loaded, and takes the focus away.
    addEventListener("load", () => setTimeout(() => { if (state.at) show(state.at); }));
  };
  began();
})();
