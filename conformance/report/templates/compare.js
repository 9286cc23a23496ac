"use strict";
const form = document.getElementById("filters");
const rows = [...document.querySelectorAll("#matrix tbody tr")];
const names = rows.map((row) => row.querySelector("summary").textContent.toLowerCase());

function show() {
  const wanted = new FormData(form);
  const query = wanted.get("q").trim().toLowerCase();
  let shown = 0;
  rows.forEach((row, place) => {
    const fits =
      (wanted.get("all") || !("same" in row.dataset)) &&
      (!wanted.get("area") || row.dataset.area === wanted.get("area")) &&
      (!wanted.get("level") || row.dataset.level === wanted.get("level")) &&
      names[place].includes(query);
    row.hidden = !fits;
    shown += fits;
  });
  document.getElementById("count").textContent = `${shown} of ${rows.length} requirements`;
}

function remember() {
  const state = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  history.replaceState(null, "", `#${state}`);
  show();
}

for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
  const field = form.elements[name];
  if (!field) continue;
  if (field.type === "checkbox") field.checked = true;
  else field.value = value;
}
form.addEventListener("input", remember);
form.addEventListener("submit", (event) => event.preventDefault());
show();
