// Keys of the desk. Everything works without this file; the keys can be switched off (WCAG 2.1.4).
"use strict";
(() => {
  const KEPT = "desk-keys";
  const dialog = document.getElementById("toetsen");
  const rows = [...document.querySelectorAll("tr[data-row]")];
  let at = -1, chord = "";

  const on = () => localStorage.getItem(KEPT) !== "off";
  const typing = (el) => el.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  function go(step) {
    if (!rows.length) return;
    if (at >= 0) rows[at].classList.remove("at");
    at = Math.min(rows.length - 1, Math.max(0, at + step));
    rows[at].classList.add("at");
    const link = rows[at].querySelector("a");
    if (link) link.focus();
    rows[at].scrollIntoView({ block: "nearest" });
  }

  function blackOut() {
    const form = document.querySelector("form[data-black-out]");
    const chosen = window.getSelection();
    const words = chosen ? chosen.toString().trim() : "";
    if (!form || !words) return;
    const from = chosen.anchorNode;
    const within = (from.nodeType === Node.ELEMENT_NODE ? from : from.parentElement).closest("[data-path]");
    if (!within || !within.closest("[data-item]")) return;
    form.elements.words.value = words;
    form.requestSubmit();
  }

  const keys = {
    j: () => go(1),
    k: () => go(-1),
    o: () => at >= 0 && rows[at].querySelector("a").click(),
    x: () => { const box = at >= 0 && rows[at].querySelector("input[type=checkbox]"); if (box) box.click(); },
    r: blackOut,
    "/": () => document.getElementById("zoek") && document.getElementById("zoek").focus(),
    "?": () => dialog && dialog.showModal(),
    gq: () => { const link = document.querySelector('.menu a[href$="/queue"]'); if (link) link.click(); },
  };

  document.addEventListener("keydown", (event) => {
    if (!on() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (dialog && dialog.open) return;
    const typed = chord + event.key;
    chord = event.key === "g" ? "g" : "";
    const act = keys[typed] || keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  const help = document.querySelector("[data-keys-help]");
  if (help && dialog) { help.hidden = false; help.addEventListener("click", () => dialog.showModal()); }
  const box = document.querySelector("[data-keys-on]");
  if (box) {
    box.checked = on();
    box.addEventListener("change", () => localStorage.setItem(KEPT, box.checked ? "on" : "off"));
  }
  const print = document.querySelector("[data-print]");
  if (print) { print.hidden = false; print.addEventListener("click", () => window.print()); }
  const fault = document.getElementById("fout");
  if (fault) fault.focus();
})();
