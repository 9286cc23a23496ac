"use strict";
const form = document.getElementById("filters");
const rows = [...document.querySelectorAll("#matrix tbody tr")];
const texts = rows.map((row) => row.cells[0].textContent.toLowerCase());

function show() {
  const query = form.elements.q.value.trim().toLowerCase();
  let shown = 0;
  rows.forEach((row, place) => {
    row.hidden = !texts[place].includes(query);
    shown += !row.hidden;
  });
  document.getElementById("count").textContent = `${shown} of ${rows.length}`;
}

form.elements.q.value = new URLSearchParams(location.hash.slice(1)).get("q") || "";
form.addEventListener("input", () => {
  const query = form.elements.q.value;
  history.replaceState(null, "", query ? `#${new URLSearchParams({ q: query })}` : location.pathname);
  show();
});
form.addEventListener("submit", (event) => event.preventDefault());
show();
