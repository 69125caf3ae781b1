// Taps at the door when there is no signal. Each tap goes into IndexedDB first and is taken out when the server has
// answered, so that a lost answer is asked for again under the same one-time key. Kept are the drop, the outcome and
// the key, and nothing about anybody. Without this file, or without IndexedDB, the forms are plain forms.
"use strict";

const notice = document.getElementById("unsent");
const remarks = new Map(); // one-time key -> remark: in memory only, it may say something about a person
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

async function waiting() {
  const [ids, found] = await Promise.all([ask(taps("readonly").getAllKeys()), ask(taps("readonly").getAll())]);
  return ids.map((id, place) => ({ id, ...found[place] }));
}

const doorOf = (drop) => document.getElementById(`door-${drop}`);

function say(count, why) {
  notice.hidden = count === 0;
  if (count) notice.textContent = `${notice.dataset.waiting.replace("{n}", count)}${why ? `:${why}` : ""}`;
}

function mark(drop, isWaiting) {
  const door = doorOf(drop);
  if (!door) return;
  door.classList.toggle("waiting", isWaiting);
  for (const button of door.querySelectorAll(".outcome-button")) button.disabled = isWaiting;
  const place = door.querySelector(".door-answer");
  if (place && isWaiting) {
    const line = document.createElement("p");
    line.className = "alert";
    line.textContent = `${notice.dataset.queued}`;
    place.replaceChildren(line);
  }
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

function showRefusal(drop, html) {
  mark(drop, false);
  const refusal = parse(html);
  const place = doorOf(drop)?.querySelector(".door-answer");
  if (place && refusal) place.replaceChildren(refusal);
}

function post(tap) {
  return fetch(`/deliveries/drops/${tap.drop}`, {
    method: "POST",
    headers: { "HX-Request": "true" },
    credentials: "same-origin",
    signal: AbortSignal.timeout(PAUSE),
    body: new URLSearchParams({
      csrf_token: document.querySelector('input[name="csrf_token"]').value,
      outcome: tap.outcome,
      key: tap.key,
      note: remarks.get(tap.key) || "",
    }),
  });
}

// What becomes of a tap: "done" (the server answered for good), "kept" (somebody else's), or why to stop for now.
async function sendOne(tap) {
  let answer;
  try {
    answer = await post(tap);
  } catch {
    return notice.dataset.offline;
  }
  if (answer.headers.has("HX-Redirect") || answer.redirected || answer.status === 400 || answer.status === 401) {
    return notice.dataset.login;
  }
  if (answer.status === 403 || answer.status === 404) return "kept";
  if (answer.status === 200) showDoor(tap.drop, await answer.text());
  else if (answer.status === 409 || answer.status === 422) showRefusal(tap.drop, await answer.text());
  else return notice.dataset.busy;
  await ask(taps("readwrite").delete(tap.id));
  remarks.delete(tap.key);
  return "done";
}

async function sendAll() {
  const passed = new Set();
  for (;;) {
    const tap = (await waiting()).find((one) => !passed.has(one.id));
    if (!tap) return passed.size ? notice.dataset.foreign : "";
    const became = await sendOne(tap);
    if (became === "kept") passed.add(tap.id);
    else if (became !== "done") return became;
  }
}

async function send() {
  if (sending) return;
  sending = true;
  window.clearTimeout(timer);
  try {
    const why = await sendAll();
    const left = (await waiting()).length;
    say(left, why);
    if (left) timer = window.setTimeout(send, PAUSE);
  } finally {
    sending = false;
  }
}

async function keep(form, outcome) {
  const drop = Number(form.closest(".door").dataset.drop);
  const key = form.elements.key.value;
  if ((await waiting()).some((tap) => tap.drop === drop)) return;
  if (form.elements.note.value) remarks.set(key, form.elements.note.value);
  await ask(taps("readwrite").add({ drop, outcome, key }));
  mark(drop, true);
  say((await waiting()).length, "");
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
    if (!event.target.matches("form.tap") || !event.submitter) return;
    event.preventDefault();
    keep(event.target, event.submitter.value).catch(() => {
      // The phone does not keep it (storage is full): send the plain form, with the outcome as a field.
      const outcome = document.createElement("input");
      outcome.type = "hidden";
      outcome.name = "outcome";
      outcome.value = event.submitter.value;
      event.target.append(outcome);
      event.target.submit();
    });
  });
  for (const tap of await waiting()) mark(tap.drop, true);
  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());
  await send();
}

start().catch(() => {});
