// Focus, the elder's screen, and what to do when an answer is lost. No state that matters lives here: every form
// works without this file, and one-time keys make every repeat harmless.
"use strict";

const search = () => document.getElementById("q");
const screen2 = "BroadcastChannel" in window ? new BroadcastChannel("canteen-display") : null;

// What the search on its way was asked; "" when none is. Other text in the box was typed meanwhile and is not touched:
// the next card is often scanned before the answer about the last one is there.
let asked = "";

// A scanner types into whatever has the focus. Letters and digits typed outside a field go to the search box, and
// replace what was searched for.
document.addEventListener("keydown", (event) => {
  const box = search();
  if (!box || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.key === "Escape") {
    box.value = "";
    box.focus();
    return;
  }
  const inField = event.target.closest("input, select, textarea, [contenteditable]");
  if (event.key.length !== 1 || event.key === " ") return;
  if (!inField || (event.target === box && asked && box.value === asked)) {
    box.value = "";
    box.focus();
  }
});

// A page that is meant for paper.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// What is there to be copied is selected by touching it.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("textarea[readonly]")) event.target.select();
});

function showOnDisplay(region) {
  const shown = region.querySelector("[data-display-own]");
  if (screen2) {
    screen2.postMessage(shown ? { name: shown.dataset.displayName, own: shown.dataset.displayOwn } : null);
  }
}

// After a find the serve button has the focus, so that Enter serves; after a serving the search box has it again.
document.addEventListener("htmx:afterSettle", (event) => {
  const till = document.getElementById("till");
  if (!till || !till.contains(event.target) && event.target !== till) return;
  showOnDisplay(till);
  const board = document.getElementById("board");
  if (board && till.querySelector(".result")) window.htmx.trigger(board, "changed");
  const box = search();
  const isNewText = box && box.value && box.value !== asked;
  asked = "";
  if (isNewText) return;
  const serve = till.querySelector(".serve-button");
  const first = till.querySelector(".matches a");
  if (serve) serve.focus();
  else if (first) first.focus();
  else if (box) box.focus();
  if (box && !first) box.value = "";
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const button = event.target.querySelector && event.target.querySelector("button");
  if (event.target.matches("form.find")) asked = search().value;
  if (event.detail.target.id === "till") event.detail.target.classList.add("is-waiting");
  if (button && event.target.matches("form.serve")) button.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.matches?.("form.find") && !event.detail.successful) asked = "";
  if (event.detail.target.id === "till") event.detail.target.classList.remove("is-waiting");
  event.target.querySelector?.("[aria-busy]")?.removeAttribute("aria-busy");
});

// A lost answer: the serving may or may not be written. Ask again under the same key, which answers with the truth.
const PAUSES = [1000, 2000, 4000, 8000];
document.addEventListener("htmx:sendError", (event) => {
  const form = event.target.closest("form");
  if (!form || !form.matches("form.serve, .result form")) return;
  const tries = Number(form.dataset.tries || 0);
  let line = form.querySelector(".unsent");
  if (!line) {
    line = document.createElement("p");
    line.className = "alert unsent";
    line.setAttribute("role", "alert");
    form.append(line);
  }
  const english = document.documentElement.lang === "en";
  if (tries < PAUSES.length) {
    line.textContent = english ? "No answer from the server. Asking again…" : "没有收到服务器的回答,正在再次询问……";
    form.dataset.tries = String(tries + 1);
    window.setTimeout(() => form.isConnected && window.htmx.trigger(form, "submit"), PAUSES[tries]);
  } else {
    line.textContent = english
      ? "The server cannot be reached. Check the network, then press the button again: it is never recorded twice."
      : "连不上服务器。请检查网络后再按一次按钮:不会重复登记。";
    form.dataset.tries = "0";
  }
});

// Signing in again inside a page hands the new token to every form that is already filled in.
document.addEventListener("htmx:afterSettle", () => {
  const fresh = document.getElementById("fresh-csrf");
  if (!fresh) return;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = fresh.dataset.token;
  fresh.remove();
  search()?.focus();
});

// The elder's own screen.
const display = document.getElementById("display");
if (display && screen2) {
  const name = display.querySelector(".display-name");
  const own = display.querySelector(".display-own");
  screen2.addEventListener("message", ({ data }) => {
    name.textContent = data ? data.name : name.dataset.empty;
    own.textContent = data ? data.own : "";
  });
}
