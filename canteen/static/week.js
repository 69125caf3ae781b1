// The week's table by keyboard: arrows and Enter move, and a block copied in a spreadsheet fills cells from where it is
// pasted. Without this file Tab moves and each cell is typed.
"use strict";

const grid = document.querySelector(".week-grid");

// Where a cell stands: row and column of the table. Closed days have no field and are passed over.
const place = (cell) => [cell.closest("tr").rowIndex, cell.closest("td").cellIndex];
const at = (row, column) => grid.rows[row]?.cells[column]?.querySelector("input:not([type=hidden])") || null;

function next(cell, down, right) {
  let [row, column] = place(cell);
  while (grid.rows[row + down] && column + right > 0 && column + right < grid.rows[row].cells.length) {
    row += down;
    column += right;
    const found = at(row, column);
    if (found) return found;
  }
  return null;
}

const STEPS = { ArrowDown: [1, 0], ArrowUp: [-1, 0], Enter: [1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

grid?.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  const cell = event.target;
  if (!step || event.isComposing || !cell.matches("input")) return;
  const sideways = step[1] !== 0;
  const inside = cell.selectionStart === cell.selectionEnd && cell.value;
  if (sideways && inside && cell.selectionStart !== (step[1] > 0 ? cell.value.length : 0)) return;
  event.preventDefault();
  next(cell, ...step)?.focus();
});

grid?.addEventListener("focusin", (event) => event.target.matches("input") && event.target.select());
grid?.addEventListener("input", (event) => event.target.classList.add("changed"));

grid?.addEventListener("paste", (event) => {
  const text = event.clipboardData?.getData("text/plain") || "";
  if (!event.target.matches("input") || !/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  const [top, left] = place(event.target);
  text.replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((line, down) => {
    line.split("\t").forEach((value, right) => {
      const cell = at(top + down, left + right);
      if (!cell) return;
      cell.value = value.trim().slice(0, 12);
      cell.classList.add("changed");
    });
  });
});
