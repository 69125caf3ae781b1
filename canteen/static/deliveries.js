// Taps at the door when there is no signal. Each tap goes into IndexedDB first and is taken out when the server has
// answered, so that a lost answer is asked for again under the same one-time key. Kept are the drop, the outcome, the key,
// what was written beside it, when it was pressed, and a mark of the account; what was refused stays until somebody has
// read it. Without this file, or without IndexedDB, the forms are plain forms.
"use strict";

const notice = document.getElementById("unsent");
const refusedList = document.getElementById("not-taken");
const PAUSE = 15000;
let store = null;
let sending = false;
let timer = 0;

function ask(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function open() {
  const request = indexedDB.open("canteen-deliveries", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("taps", { autoIncrement: true });
  return ask(request);
}

const taps = (mode) => store.transaction("taps", mode).objectStore("taps");
const put = ({ id, ...tap }) => ask(taps("readwrite").put(tap, id));
const drop_ = (id) => ask(taps("readwrite").delete(id));

async function all() {
  const read = taps("readonly");
  const [ids, found] = await Promise.all([ask(read.getAllKeys()), ask(read.getAll())]);
  return ids.map((id, place) => ({ id, ...found[place] }));
}

const isMine = (tap) => !tap.owner || tap.owner === notice.dataset.owner;
const isWaiting = (tap) => !tap.refused;
const doorOf = (drop) => document.getElementById(`door-${drop}`);
const nameOf = (drop) => doorOf(drop)?.querySelector(".door-name")?.textContent || notice.dataset.other;

function line(text, kind) {
  const made = document.createElement("p");
  made.className = kind;
  made.textContent = text;
  return made;
}

function button(text, does) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button plain";
  made.textContent = text;
  made.addEventListener("click", does);
  return made;
}

const told = (tap) => `${JSON.parse(notice.dataset.words)[tap.outcome]}${tap.who ? `(${tap.who})` : ""}`;

// What waits and what was refused, on top of the page and at each door.
async function show(why) {
  const found = await all();
  const waiting = found.filter(isWaiting);
  notice.hidden = waiting.length === 0;
  if (waiting.length) notice.textContent = notice.dataset.waiting.replace("{n}", waiting.length) + (why ? `:${why}` : "");
  for (const door of document.querySelectorAll(".door.waiting")) setWaiting(door, null);
  for (const tap of waiting) if (isMine(tap) && doorOf(tap.drop)) setWaiting(doorOf(tap.drop), tap);
  const refused = found.filter((tap) => tap.refused && isMine(tap));
  refusedList.hidden = refused.length === 0;
  refusedList.querySelector("ul").replaceChildren(...refused.map(refusedLine));
}

function setWaiting(door, tap) {
  door.classList.toggle("waiting", tap !== null);
  for (const pressed of door.querySelectorAll(".outcome-button, .undo-tap button")) pressed.disabled = tap !== null;
  const place = door.querySelector(".door-answer");
  if (!tap) place?.replaceChildren();
  else if (tap.undo) place.replaceChildren(line(notice.dataset.undoing, "alert"));
  else {
    const queued = line(`${told(tap)}:${notice.dataset.queued}`, "alert");
    place.replaceChildren(queued, button(notice.dataset.undo, () => takeBack(tap).catch(() => {})));
  }
}

function refusedLine(tap) {
  const item = document.createElement("li");
  const said = `${nameOf(tap.drop)}:${tap.undo ? notice.dataset.undo : told(tap)}`;
  const seen = button(notice.dataset.seen, () => drop_(tap.id).then(() => show("")));
  item.append(line(said, "outcome bad"), line(tap.refused, "soft"), seen);
  return item;
}

function parse(html) {
  return new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
}

function showDoor(drop, html) {
  const door = doorOf(drop);
  const fresh = parse(html);
  if (!door || !fresh || !fresh.matches(".door")) return;
  door.replaceWith(fresh);
  offerPlaces();
  const counts = document.querySelector(`[data-counts="${fresh.dataset.run}"]`);
  if (!counts) return;
  counts.querySelector(".count-done").textContent = fresh.dataset.done;
  counts.querySelector(".count-left").textContent = fresh.dataset.left;
}

// The page that is kept for when there is no signal says the same of this door.
async function keepDoor(drop, html) {
  const store = "caches" in window && (await caches.has("phone-run")) && (await caches.open("phone-run"));
  const kept = store && (await store.match(notice.dataset.page));
  if (!kept) return;
  const whole = new DOMParser().parseFromString(await kept.text(), "text/html");
  const fresh = parse(html);
  whole.getElementById(`door-${drop}`)?.replaceWith(whole.importNode(fresh, true));
  const counts = whole.querySelector(`[data-counts="${fresh.dataset.run}"]`);
  if (counts) counts.querySelector(".count-done").textContent = fresh.dataset.done;
  if (counts) counts.querySelector(".count-left").textContent = fresh.dataset.left;
  const page = `<!doctype html>${whole.documentElement.outerHTML}`;
  await store.put(notice.dataset.page, new Response(page, { headers: kept.headers }));
}

// The page opens without a signal from now on, and says when it is the kept one. It goes when somebody signs out.
async function goOffline() {
  if (!("serviceWorker" in navigator)) return;
  const [shown] = performance.getEntriesByType("navigation");
  document.getElementById("kept").hidden = !shown?.serverTiming?.some((one) => one.name === "kept");
  document.querySelector("form.sign-out")?.addEventListener("submit", () => caches.delete("phone-run"));
  await navigator.serviceWorker.register(notice.dataset.worker, { scope: notice.dataset.page });
  if (!navigator.serviceWorker.controller) {
    await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
  }
  if (!(await caches.has("phone-run"))) await (await fetch(notice.dataset.page)).text(); // the first visit was before the worker
}

function post(tap) {
  return fetch(`/deliveries/drops/${tap.drop}${tap.undo ? "/undo" : ""}`, {
    method: "POST",
    headers: { "HX-Request": "true" },
    credentials: "same-origin",
    signal: AbortSignal.timeout(PAUSE),
    body: new URLSearchParams({
      csrf_token: document.querySelector('input[name="csrf_token"]').value,
      outcome: tap.outcome,
      key: tap.key,
      note: tap.note || "",
      who: tap.who || "",
      phone_at: tap.at || "",
      phone_now: tap.at ? Date.now() : "",
    }),
  });
}

// What becomes of a tap: "" (the server answered for good), or why to stop for now.
async function sendOne(tap) {
  if (!navigator.onLine) return notice.dataset.offline;
  await put({ ...tap, tried: true });
  let answer;
  let text;
  try {
    answer = await post(tap);
    text = await answer.text();
  } catch {
    return notice.dataset.offline;
  }
  if (answer.headers.has("HX-Redirect") || answer.redirected || answer.status === 400 || answer.status === 401) {
    return notice.dataset.login;
  }
  if (answer.status === 200) {
    showDoor(tap.drop, text);
    await keepDoor(tap.drop, text).catch(() => {});
    await drop_(tap.id);
  } else if ([403, 404, 409, 422].includes(answer.status)) {
    const why = parse(text)?.textContent.trim().replace(/\s+/g, " ");
    await put({ ...tap, tried: true, refused: why || notice.dataset.busy });
  } else return notice.dataset.busy;
  await show("");
  return "";
}

async function sendAll() {
  for (;;) {
    const waiting = (await all()).filter(isWaiting);
    const tap = waiting.find(isMine);
    if (!tap) return waiting.length ? notice.dataset.foreign : "";
    const why = await sendOne(tap);
    if (why) return why;
  }
}

async function send() {
  if (sending) return;
  sending = true;
  window.clearTimeout(timer);
  try {
    const why = await sendAll();
    await show(why);
    if ((await all()).some(isWaiting)) timer = window.setTimeout(send, PAUSE);
  } finally {
    sending = false;
  }
}

async function keep(form, outcome) {
  const drop = Number(form.closest(".door").dataset.drop);
  if ((await all()).some((tap) => tap.drop === drop && isWaiting(tap))) return;
  const fields = form.elements;
  const [note, who] = [fields.note?.value || "", fields.who?.value || ""];
  const undo = form.matches(".undo-tap");
  const tap = { drop, outcome, key: fields.key.value, note, who, at: Date.now(), owner: notice.dataset.owner, undo };
  await ask(taps("readwrite").add(tap));
  await show("");
  send();
}

// A tap that was never sent is simply forgotten; of one that may have arrived the server is told that it was a mistake.
async function takeBack(tap) {
  const now = (await all()).find((one) => one.id === tap.id);
  if (!now) return;
  await drop_(now.id);
  const { id: _gone, ...said } = now;
  if (now.tried) await ask(taps("readwrite").add({ ...said, undo: true, note: "" }));
  await show("");
  send();
}

// "Keep where this door is": the form shows itself where the phone can say where it is (on https alone).
function offerPlaces() {
  if (!("geolocation" in navigator) || !window.isSecureContext) return;
  for (const form of document.querySelectorAll("form.here")) form.hidden = false;
}

function keepPlace(form) {
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.place.value = `${coords.latitude.toFixed(6)},${coords.longitude.toFixed(6)}`;
      form.submit();
    },
    () => {
      const line = document.createElement("p");
      line.className = "alert";
      line.textContent = form.dataset.none;
      form.after(line);
    },
    { enableHighAccuracy: true, timeout: PAUSE },
  );
}

async function start() {
  offerPlaces();
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.here")) return;
    event.preventDefault();
    keepPlace(event.target);
  });
  if (!notice || !("indexedDB" in window)) return;
  store = await open();
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.tap, form.undo-tap") || !event.submitter) return;
    const who = event.target.elements.who;
    if (event.submitter.value === "neighbour" && !who.value.trim()) {
      event.preventDefault();
      event.submitter.closest("form").querySelector(".who-needed").hidden = false;
      who.focus();
      return;
    }
    event.preventDefault();
    keep(event.target, event.target.elements.outcome?.value || event.submitter.value).catch(() => {
      // The phone does not keep it (storage is full): send the plain form, with the outcome as a field.
      const outcome = document.createElement("input");
      [outcome.type, outcome.name, outcome.value] = ["hidden", "outcome", event.submitter.value];
      if (event.submitter.value) event.target.append(outcome);
      event.target.submit();
    });
  });
  await show("");
  goOffline().catch(() => {});
  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());
  await send();
}

start().catch(() => {});
