// What the console does beyond plain pages: theme and density at once, reveal while held, list keys, local times, countdowns.
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, scope = document) => [...scope.querySelectorAll(selector)];
  const typing = (target) => target.closest("input, select, textarea, [contenteditable]");

  // Theme and density change in place; the server reads the same cookie for the next page.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || !event.target.matches("[data-preference]")) return;
    event.preventDefault();
    const name = event.target.dataset.preference;
    const next = button.value;
    if (next === "auto") delete root.dataset[name];
    else root.dataset[name] = next;
    document.cookie = `ischia_${name}=${next}; path=/; max-age=31536000; samesite=lax`;
    const order = event.target.dataset.order.split(" ");
    const words = event.target.dataset.words.split("|");
    const after = (order.indexOf(next) + 1) % order.length;
    button.value = order[after];
    button.textContent = words[after];
  });

  // Holding R reveals every exhibit; holding an exhibit's button reveals that one (the stylesheet does it, touch needs help).
  const show = (on, scope = document) => all(".exhibit", scope).forEach((exhibit) => exhibit.classList.toggle("shown", on));
  const held = (event) => event.key.toLowerCase() === "r" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target);
  document.addEventListener("keydown", (event) => held(event) && show(true));
  document.addEventListener("keyup", (event) => event.key.toLowerCase() === "r" && show(false));
  ["blur", "pagehide"].forEach((name) => window.addEventListener(name, () => show(false)));
  all(".reveal").forEach((button) => {
    const exhibit = button.closest(".exhibit");
    button.addEventListener("pointerdown", () => exhibit.classList.add("shown"));
    ["pointerup", "pointercancel", "pointerleave"].forEach((name) => button.addEventListener(name, () => exhibit.classList.remove("shown")));
    button.addEventListener("contextmenu", (event) => event.preventDefault());
  });

  // J and K walk through a list's links; Enter opens as in any list of links.
  document.addEventListener("keydown", (event) => {
    const step = { j: 1, k: -1 }[event.key.toLowerCase()];
    if (!step || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const links = all("[data-rows] tbody th a");
    const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
    const link = links[Math.max(0, Math.min(links.length - 1, at + step))];
    if (link) link.focus();
  });

  // Instants are written in UTC; here they turn to the viewer's zone, with UTC on hover.
  const locale = root.lang === "en" ? "en-GB" : `${root.lang}-u-nu-latn`;
  const local = new Intl.DateTimeFormat(locale, {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  all("time[data-instant]").forEach((time) => {
    time.title = time.textContent.trim();
    time.textContent = local.format(new Date(time.dateTime));
  });

  // Countdowns change words and shape, twice a minute.
  const state = (minutes) => (minutes < 0 ? "past" : minutes < 60 ? "near" : minutes < 360 ? "soon" : "calm");
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
  const span = (minutes) => {
    const size = Math.abs(minutes);
    if (size < 120) return relative.format(Math.trunc(minutes), "minute");
    return size < 2880 ? relative.format(Math.trunc(minutes / 60), "hour") : relative.format(Math.trunc(minutes / 1440), "day");
  };
  const tick = () => all(".countdown").forEach((countdown) => {
    const time = countdown.querySelector("time");
    const minutes = (new Date(time.dateTime) - Date.now()) / 60000;
    countdown.classList.remove("calm", "soon", "near", "past");
    countdown.classList.add(state(minutes));
    time.textContent = span(minutes);
  });
  if (document.querySelector(".countdown")) { tick(); setInterval(tick, 30000); }
})();
