/* SPDX-License-Identifier: MIT */
/* Light or dark: as the system says, or as the reader chooses. */
const system = matchMedia("(prefers-color-scheme: dark)");
const select = document.getElementById("theme");

/* Storage may be forbidden; the choice is then for this visit. */
function remembered() {
  try {
    return localStorage.getItem("theme") || "auto";
  } catch {
    return "auto";
  }
}

function remember(choice) {
  try {
    localStorage.setItem("theme", choice);
  } catch {
    /* nothing is lost but the choice */
  }
}

function apply() {
  const dark = select.value === "dark" ||
    (select.value === "auto" && system.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

select.value = remembered();
if (!select.value)
  select.value = "auto";
select.addEventListener("change", () => {
  remember(select.value);
  apply();
});
system.addEventListener("change", apply);
apply();
