"use strict";
const form = document.getElementById("filters");
const rows = [...document.querySelectorAll(".filtered tbody tr")];
const texts = rows.map((row) => row.cells[0].textContent.toLowerCase());

function show() {
  const query = form.elements.q.value.trim().toLowerCase();
  const kind = form.elements.kind.value;
  rows.forEach((row, place) => {
    row.hidden = !texts[place].includes(query) || Boolean(kind && row.dataset.kind && row.dataset.kind !== kind);
  });
}

for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
  if (form.elements[name]) form.elements[name].value = value;
}
form.addEventListener("input", () => {
  const state = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  history.replaceState(null, "", `#${state}`);
  show();
});
form.addEventListener("submit", (event) => event.preventDefault());
show();
