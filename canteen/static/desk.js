// Line numbers beside the editor, and buttons that jump to a line. Everything works without this file.
"use strict";

const area = document.getElementById("text");
const gutter = document.querySelector(".gutter");

function number() {
  const lines = area.value.split("\n").length;
  if (gutter.dataset.lines === String(lines)) return;
  gutter.dataset.lines = String(lines);
  gutter.textContent = Array.from({ length: lines }, (_, place) => place + 1).join("\n") + "\n\n";
  gutter.scrollTop = area.scrollTop;
}

if (area && gutter) {
  gutter.parentElement.classList.add("numbered");
  area.addEventListener("input", number);
  area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
  number();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".goto");
  if (!button || !area) return;
  const lines = area.value.split("\n");
  const line = Math.min(Number(button.dataset.line), lines.length);
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + lines[line - 1].length);
  area.scrollTop = (line - 4) * (area.scrollHeight / lines.length);
});

// What was typed and not saved is not lost by a wrong click.
let leaving = false;
document.addEventListener("submit", () => { leaving = true; });
window.addEventListener("beforeunload", (event) => {
  if (!leaving && area && area.value !== area.defaultValue) event.preventDefault();
});
