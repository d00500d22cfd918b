// Makes the pages live. Every page works without it; nothing is loaded from elsewhere.
const root = document.body.dataset.root;
const $ = (what, from = document) => from.querySelector(what);
const $$ = (what, from = document) => [...from.querySelectorAll(what)];
const kept = (name, value) => {
  try {
    return value === undefined ? localStorage.getItem(name) : localStorage.setItem(name, value);
  } catch { return null; }
};

// Fetching a page anew, and putting its parts in the place of ours; never under a button that is
// being pressed, and without taking the focus away.
let pressed = false;
document.addEventListener("pointerdown", () => { pressed = true; });
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(() => { pressed = false; }));
const wait = (time) => new Promise((done) => setTimeout(done, time));
const load = async (url, options) => {
  const answer = await fetch(url, { headers: { accept: "text/html" }, ...options });
  if (answer.status === 401) { location.reload(); throw new Error("left"); }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  // Not for ever: whoever opens a menu may never be seen to let go.
  for (let turn = 0; pressed && turn < 20; turn += 1) await wait(50);
  return [page, answer.url];
};
const put = (old, fresh) => {
  const open = $$("details", old).map((one) => one.open);
  const places = "a[href], button, input, select, textarea, summary, [tabindex]";
  const id = old.contains(document.activeElement) && document.activeElement.id;
  const at = $$(places, old).indexOf(document.activeElement);
  old.replaceWith(fresh);
  $$("details", fresh).forEach((one, at) => { if (open[at]) one.open = true; });
  const place = (id && document.getElementById(id)) || $$(places, fresh)[at];
  place?.focus({ preventScroll: true });
  enhance(fresh);
};
const swap = async (url, push, options) => {
  const [page, to] = await load(url, options);
  const main = $("#main", page);
  if (!main) { location.assign(url); return; }
  document.title = page.title;
  if (push) history.pushState(null, "", to);
  put($("#main"), main);
};
// What a part says, but for how long ago: that goes on by itself.
const words = (part) => {
  const copy = part.cloneNode(true);
  for (const time of $$("time", copy)) time.textContent = "";
  for (const one of $$("details", copy)) one.open = false;
  return copy.outerHTML;
};
const renew = (old, fresh) => { if (words(old) !== words(fresh)) put(old, fresh); };
let again = 0, busy = false;
const refresh = async () => {
  // A question that a button asked has no address of its own, and nothing in it is live.
  if (!$("[data-live]")) return;
  if (busy) { again = 1; return; }
  busy = true;
  try {
    const [page] = await load(location.href);
    const fresh = $$("[data-live]", page);
    const old = $$("[data-live]");
    if (fresh.length !== old.length) put($("#main"), $("#main", page));
    else old.forEach((one, at) => renew(one, fresh[at]));
  } catch { /* The next event tries again. */ }
  await wait(700);
  busy = false;
  if (again) { again = 0; refresh(); }
};

// What has changed: ids and numbers come by themselves, pages are fetched.
let said = 0, unseen = 0;
const say = (words) => {
  if (Date.now() - said < 5000) return;
  said = Date.now();
  $("#say").textContent = words;
};
const shown = (count) => String(Math.min(count, 10000)).replace(/\B(?=(\d{3})+$)/g, "\u202f") + (count >= 10000 ? "+" : "");
const counts = (event) => {
  const all = JSON.parse(event.data);
  for (const one of $$("[data-count]")) {
    const count = all[one.dataset.count];
    const place = $("b", one) ?? one;
    const text = shown(count);
    if (place.textContent === text) continue;
    place.textContent = text;
    if (one.classList.contains("mark")) { one.hidden = !count; if (count) say(`${one.dataset.count} ${count}`); }
  }
  if ($(".cards")) refresh();
};
const view = () => $("[name=view]", $("#bulk") ?? document)?.value;
const mails = async (event) => {
  const changed = JSON.parse(event.data);
  const one = $("[data-mail]");
  if (one) { if (changed.some(({ id }) => id === one.dataset.mail)) refresh(); return; }
  const list = $("[data-rows]");
  if (!list) { if ($("[data-live].empty")) refresh(); return; }
  const rows = new Map($$("tr[data-id]", list).map((row) => [row.dataset.id, row]));
  const here = changed.filter(({ id }) => rows.has(id));
  unseen += changed.filter((one) => !rows.has(one.id) && (view() === "all" ? one.new : one.view === view())).length;
  if (unseen) {
    $("#fresh button").textContent = `${shown(unseen)} new here: show`;
    $("#fresh").hidden = false;
  }
  if (!here.length) return;
  const [page] = await load(root + "queue/rows?" + here.map(({ id }) => "id=" + id).join("&")).catch(() => [null]);
  if (!page) return;
  const fresh = new Map($$("tr[data-id]", page).map((row) => [row.dataset.id, row]));
  for (const { id, view: now } of here) {
    const row = rows.get(id);
    row.classList.toggle("moved", view() !== "all" && now !== view());
    const cells = $$("td:not(.tick)", fresh.get(id) ?? document.createElement("tr"));
    $$("td:not(.tick)", row).forEach((cell, at) => {
      if (cells[at] && cell.innerHTML !== cells[at].innerHTML && !cell.contains(document.activeElement)) cell.replaceWith(cells[at]);
    });
  }
};
const method = () => {
  const result = $("#result");
  if (!result) { if (/(^|\/)methods/.test(location.pathname)) refresh(); return; }
  load(location.href).then(([page]) => { if ($("#result", page)) put(result, $("#result", page)); else put($("#main"), $("#main", page)); }).catch(() => {});
};

// Something was missed: all is compared with what is there now.
const sync = async () => {
  if ($("#form")) return;
  if (!$("[data-rows]")) { refresh(); return; }
  const [page] = await load(location.href).catch(() => [document]);
  const views = $("nav.views", page);
  if (views) renew($("nav.views"), views);
  const ids = (from) => $$("[data-rows] tr[data-id]", from).map((row) => row.dataset.id);
  const old = ids(document), now = ids(page);
  const changed = old.map((id) => ({ id, view: now.includes(id) ? view() : "" }));
  const fresh = now.filter((id) => !old.includes(id)).map((id) => ({ id, view: view(), new: true }));
  unseen = 0;
  await mails({ data: JSON.stringify([...changed, ...fresh]) });
};

let seen = document.body.dataset.seen, source, paused = kept("live") === "off";
const tell = (word, off) => {
  const live = $("#live");
  if (!live) return;
  live.hidden = false;
  live.classList.toggle("off", off);
  live.setAttribute("aria-pressed", String(paused));
  $("#live-word").textContent = word;
};
const close = () => { source?.close(); source = undefined; };
const listen = () => {
  close();
  if (paused) { tell("paused", true); return; }
  if (document.hidden || !$("#live")) return;
  if (!window.EventSource) { setInterval(refresh, 5000); return; }
  source = new EventSource(`${root}events?seen=${seen}`);
  source.addEventListener("hello", ({ data }) => {
    tell("live", false);
    if (JSON.parse(data).version !== document.body.dataset.version) location.reload();
  });
  const on = { counts, mails, method, routes: () => { if ($("[data-live] .routes, .ages, [data-live] .acts")) refresh(); }, sync };
  for (const [name, act] of Object.entries(on)) source.addEventListener(name, (event) => {
    const dot = $(".dot");
    dot.classList.remove("beat"); void dot.offsetWidth; dot.classList.add("beat");
    seen = event.lastEventId;
    act(event);
  });
  source.onerror = () => tell("away", true);
};
const pause = () => { paused = !paused; kept("live", paused ? "off" : "on"); listen(); if (!paused) refresh(); };
document.addEventListener("visibilitychange", () => {
  if (document.hidden) close();
  else { listen(); if (!$("#form") && !$("[data-rows]")) refresh(); }
});

// How long ago: the same words as the server's.
const span = (s) => s < 100 ? `${s} s` : s < 6000 ? `${Math.floor((s + 30) / 60)} min` : s < 172800 ? `${Math.floor((s + 1800) / 3600)} h` : `${Math.floor((s + 43200) / 86400)} d`;
setInterval(() => {
  for (const time of $$("time:not([data-fixed])")) {
    const s = Math.round((Date.parse(time.dateTime) - Date.now()) / 1000);
    time.textContent = Math.abs(s) < 2 ? "now" : s > 0 ? `in ${span(s)}` : `${span(-s)} ago`;
  }
}, 1000);
setInterval(() => { if ($("[data-refresh]") && !document.hidden && !paused) refresh(); }, 5000);

// Ticking many.
let last;
const ticks = () => $$(".tick input[name=id]");
const ticked = () => {
  const count = ticks().filter((one) => one.checked).length;
  for (const one of ticks()) one.closest("tr").classList.toggle("on", one.checked);
  if ($("#ticked")) $("#ticked").textContent = count ? `${count} ticked` : "ticked";
  const all = $("#tick-all");
  if (all) { all.checked = count > 0 && count === ticks().length; all.indeterminate = count > 0 && !all.checked; }
};
const range = (box) => {
  const all = ticks();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (from >= 0) all.slice(from, to + 1).forEach((one) => { one.checked = box.checked; });
};
document.addEventListener("click", async (event) => {
  const at = event.target;
  if (at.matches(".tick input[name=id]")) { if (event.shiftKey) range(at); last = at; ticked(); }
  else if (at.id === "tick-all") { ticks().forEach((one) => { one.checked = at.checked; }); ticked(); }
  else if (at.closest("#fresh")) { unseen = 0; swap(location.href); }
  else if (at.closest("#live")) pause();
  else if (at.id === "keys") help();
  else if (at.matches(".copy")) {
    await navigator.clipboard?.writeText($("pre", at.parentElement).textContent).catch(() => {});
    at.textContent = "Copied";
    setTimeout(() => { at.textContent = "Copy"; }, 1500);
  }
  const row = at.closest("[data-rows] td.what a");
  if (row) sessionStorage.setItem("row", row.closest("tr").dataset.id);
});

// Forms: the preview comes without a new page.
document.addEventListener("submit", async (event) => {
  const form = event.target, by = event.submitter;
  if (form.id === "theme") {
    event.preventDefault();
    const next = by.value;
    await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, by)), redirect: "manual" });
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    by.value = { dark: "light", light: "auto", auto: "dark" }[next];
    const words = `Theme: ${next === "auto" ? "as the system" : next}`;
    by.title = words;
    $(".sr", by).textContent = `${words}. Change it`;
    return;
  }
  if (form.id !== "form" || by?.formAction && by.hasAttribute("formaction")) return;
  event.preventDefault();
  // Half a date is sent by no browser: its own words are said at the field, and what is typed stays.
  const half = $$("input", form).find((one) => one.validity.badInput);
  if (half) { half.reportValidity(); return; }
  const data = new FormData(form, by?.name ? by : undefined);
  const query = new URLSearchParams(form.method === "get" ? data : undefined);
  const long = form.method === "get" && String(query).length > 4000;
  if (long) data.append("proof", $("[name=proof]", form).value);
  const change = by?.name === "-add" && by.value;
  try {
    if (form.method === "get" && !long) await swap(`${form.action}?${query}`, true);
    else await swap(form.action, true, { method: "POST", body: data });
  } catch { return; }
  const wrong = $("#form [aria-invalid=true]");
  if (change) $$(`#form [name^="${change}."]`).filter((one) => one.type !== "hidden").pop()?.closest("fieldset, .field").querySelector("input, textarea, select")?.focus();
  else if (wrong) wrong.focus();
});
window.addEventListener("popstate", () => { if (!location.hash) swap(location.href); });

// Keys.
const help = () => $("#help").showModal();
const move = (by) => {
  const rows = $$("td.what > a");
  const at = rows.indexOf(document.activeElement);
  rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus();
};
let going = 0;
const places = { o: "overview", q: "queue", m: "methods", r: "routes", l: "log" };
document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key === "Enter" && (event.ctrlKey || event.metaKey) && $("#form")) { event.preventDefault(); $("#form").requestSubmit($("#render")); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || kept("keys") === "off" || $("dialog[open]")) return;
  if (target.matches("input:not([type=checkbox],[type=radio]), textarea, select")) return;
  const go = Date.now() - going < 1500 && places[key];
  going = 0;
  if (go) { location.assign(root + go); return; }
  const row = target.closest?.("tr[data-id]");
  const box = row && $(".tick input", row);
  const act = {
    "/": () => { ($("#q") ?? $(".find input")).focus(); },
    "?": help, j: () => move(1), k: () => move(-1), g: () => { going = Date.now(); }, p: pause,
    u: () => history.back(),
    x: box && (() => { box.checked = !box.checked; last = box; ticked(); }),
    X: box && (() => { box.checked = true; range(box); last = box; ticked(); }),
  }[key] ?? (/^[1-9]$/.test(key) && (() => $$(".tabs a").at(-1) && ($$(".result .tabs a, main > .tabs a, .mail > .tabs a")[key - 1])?.click()));
  if (act) { event.preventDefault(); act(); }
});

// What only a script can do is shown only where there is one.
const enhance = (from) => {
  for (const one of $$(".copy, #tick-all, #keys", from)) one.hidden = false;
  unseen = from.id === "main" ? 0 : unseen;
  ticked();
};
enhance(document);
const on = $("#keys-on");
if (on) { on.checked = kept("keys") !== "off"; on.onchange = () => kept("keys", on.checked ? "on" : "off"); }
const row = sessionStorage.getItem("row");
if (row && $("[data-rows]")) { sessionStorage.removeItem("row"); $(`tr[data-id="${CSS.escape(row)}"] td.what a`)?.focus({ preventScroll: false }); }
listen();
