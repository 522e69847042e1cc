// What HTML cannot do: one request for each press, live progress, copying, shortcuts. Everything works without it.
"use strict";

const announce = (text) => {
  const region = document.getElementById("announce");
  if (region && region.textContent !== text) region.textContent = text;
};

// The server shows times in the zone of the browser from the second page on.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes("provost-zone=" + zone)) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = "provost-zone=" + zone + "; Path=/; Max-Age=31536000; SameSite=Lax" + secure;
}

// The sentence about a completed action is not shown again by reloading or going back.
if (new URLSearchParams(location.search).has("done")) {
  const address = new URL(location.href);
  address.searchParams.delete("done");
  history.replaceState(null, "", address);
}

// The navigation is closed on narrow screens.
if (matchMedia("(max-width: 800px)").matches) {
  document.querySelector("nav.main details")?.removeAttribute("open");
}

// A second press sends nothing: the first one is on its way.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.once === "sent") return event.preventDefault();
    form.dataset.once = "sent";
    const button = form.querySelector("button[type=submit]");
    if (button) setTimeout(() => { button.disabled = true; });
  });
}
// A page from the browser's memory can be sent again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.dataset.once = "";
    const button = form.querySelector("button[type=submit]");
    if (button) button.disabled = false;
  }
});

// Progress: looks again until the resource no longer changes, and speaks at quarters.
const live = document.querySelector("#live[data-live]");
if (live) {
  let spoken = -1;
  const look = async () => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok) return setTimeout(look, 5000);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    if (!next) return location.reload();
    if (!live.contains(document.activeElement)) live.replaceChildren(...next.childNodes);
    const bar = live.querySelector("progress");
    const quarter = bar ? Math.floor(bar.value / 25) : 0;
    if (bar && quarter > spoken) {
      spoken = quarter;
      announce(bar.value + " %");
    }
    if (next.hasAttribute("data-live")) return setTimeout(look, 2000);
    announce("Finished");
    location.reload();
  };
  setTimeout(look, 2000);
}

// Copying; where the browser does not allow it, the text is selected and the page says so.
for (const place of document.querySelectorAll(".copyable")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = "Copy";
  const text = place.textContent.trim();
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      const range = document.createRange();
      range.selectNodeContents(place.firstElementChild ?? place);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      button.textContent = "Selected: press Ctrl+C";
    }
    announce(button.textContent);
  });
  place.after(button);
}

// "/" goes to the search, but not while typing or composing a character.
addEventListener("keydown", (event) => {
  const field = event.target.closest?.("input, textarea, select, [contenteditable]");
  const find = document.getElementById("find");
  if (!find || event.isComposing || event.keyCode === 229 || field || event.altKey) return;
  const palette = (event.ctrlKey || event.metaKey) && event.key === "k";
  if (palette || (event.key === "/" && !event.ctrlKey && !event.metaKey)) {
    event.preventDefault();
    find.focus();
    find.select();
  }
});

// The time that is left while acting as a user; when it is over, the next page says so.
const left = document.querySelector("[data-seconds]");
if (left) {
  const end = performance.now() + left.dataset.seconds * 1000;
  const count = () => {
    const seconds = Math.max(0, Math.round((end - performance.now()) / 1000));
    left.textContent = seconds < 120 ? seconds + " seconds" : Math.ceil(seconds / 60) + " minutes";
    if (seconds === 60) announce("One minute left");
    if (seconds === 0) return setTimeout(() => location.reload(), 2000);
    setTimeout(count, seconds < 120 ? 1000 : 15000);
  };
  count();
}
