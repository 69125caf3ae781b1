// What a page of menus does besides its forms, all of which work without it.
"use strict";

// A dish that is chosen goes into the cell somebody was in last.
const palette = document.querySelector(".palette");
if (palette) {
  let cell = document.querySelector(".write-week textarea");
  palette.hidden = false;
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".write-week textarea")) {
      cell?.classList.remove("here");
      cell = event.target;
      cell.classList.add("here");
    }
  });
  palette.addEventListener("click", (event) => {
    const dish = event.target.closest("[data-dish]")?.dataset.dish;
    if (!dish || !cell) return;
    const dishes = cell.value.trim().split(/[、,,\s]+/).filter(Boolean);
    if (!dishes.includes(dish)) cell.value = [...dishes, dish].join("、");
  });
}
