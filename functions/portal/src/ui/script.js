// What HTML cannot do: one request for each press, live progress, copying, shortcuts. Everything works without it.
"use strict";

// Texts in the language of the page; English without a translation.
const texts = JSON.parse(document.body.dataset.texts || "{}");
const say = (text, value) => (texts[text] ?? text).replace("{}", value);

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

// The navigation and long lists of actions are closed on narrow screens.
if (matchMedia("(max-width: 800px)").matches) {
  for (const list of document.querySelectorAll("nav.main details, details.more")) list.removeAttribute("open");
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
    announce(say("Finished"));
    location.reload();
  };
  setTimeout(look, 2000);
}

// Copying; where the browser does not allow it, the text is selected and the page says so.
for (const place of document.querySelectorAll(".copyable")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = say("Copy");
  const text = place.textContent.trim();
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = say("Copied");
    } catch {
      const range = document.createRange();
      range.selectNodeContents(place.firstElementChild ?? place);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      button.textContent = say("Selected: press Ctrl+C");
    }
    announce(button.textContent);
  });
  place.after(button);
}

// The command palette shows what the search page finds. Without a script the search page does the same.
const palette = () => {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", say("Search, or go to a page"));
  dialog.innerHTML = '<input type="text" role="combobox" aria-controls="found" aria-expanded="true" aria-autocomplete="list" autocomplete="off"><ul id="found" role="listbox"></ul>';
  const [field, list] = dialog.children;
  field.setAttribute("aria-label", say("Search, or go to a page"));
  list.setAttribute("aria-label", say("Results"));
  let chosen = 0;
  let asked = 0;
  const mark = (step) => {
    const items = [...list.children];
    chosen = items.length ? (chosen + step + items.length) % items.length : 0;
    items.forEach((item, index) => item.setAttribute("aria-selected", index === chosen));
    items[chosen]?.scrollIntoView({ block: "nearest" });
    if (items[chosen]) field.setAttribute("aria-activedescendant", items[chosen].id);
    else field.removeAttribute("aria-activedescendant");
  };
  const look = async () => {
    const turn = (asked += 1);
    const answer = await fetch("/staff/search?q=" + encodeURIComponent(field.value)).catch(() => null);
    if (!answer || !answer.ok || turn !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    list.replaceChildren(...[...page.querySelectorAll("ul.results li")].map((found, index) => {
      const item = document.createElement("li");
      item.id = "found-" + index;
      item.setAttribute("role", "option");
      const link = found.querySelector("a");
      item.dataset.page = link.href;
      item.append(...[link, ...found.querySelectorAll(".quiet")].map((one) => one.textContent + " "));
      return item;
    }));
    chosen = 0;
    mark(0);
    announce(say("{} results", list.children.length));
  };
  let wait;
  field.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(look, 150);
  });
  field.addEventListener("keydown", (event) => {
    // Enter and Escape that end the composition of a character belong to it.
    if (event.isComposing || event.keyCode === 229) return event.stopPropagation();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(event.key === "ArrowDown" ? 1 : -1);
    }
    if (event.key === "Enter" && list.children[chosen]) location.assign(list.children[chosen].dataset.page);
  });
  list.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) location.assign(item.dataset.page);
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  look();
};

const shortcuts = () => {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", say("Keyboard shortcuts"));
  const keys = [["Search, or go to a page", "/", "Ctrl+K"], ["Next page, or next request", "n"], ["Previous page", "p"], ["Next and previous row", "j", "k"], ["This list", "?"]];
  dialog.innerHTML = '<dl class="values"></dl><p><button type="button"></button></p>';
  for (const [text, ...pressed] of keys) {
    const line = document.createElement("div");
    line.innerHTML = "<dt></dt><dd></dd>";
    line.firstChild.textContent = say(text);
    for (const key of pressed) {
      line.lastChild.append(document.createElement("kbd"), " ");
      line.querySelector("kbd:last-of-type").textContent = key;
    }
    dialog.firstChild.append(line);
  }
  dialog.querySelector("button").textContent = say("Close");
  dialog.querySelector("button").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
};

/// Moves to the first link of the next or previous row.
const row = (step) => {
  const rows = [...document.querySelectorAll("tbody tr")].map((one) => one.querySelector("a")).filter(Boolean);
  const here = rows.findIndex((link) => link.closest("tr").contains(document.activeElement));
  rows[here < 0 ? 0 : Math.min(Math.max(here + step, 0), rows.length - 1)]?.focus();
};

// Letters are shortcuts, but not while typing or composing a character.
addEventListener("keydown", (event) => {
  const field = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog");
  if (event.isComposing || event.keyCode === 229 || event.altKey || document.querySelector("dialog[open]")) return;
  const command = event.ctrlKey || event.metaKey;
  const isStaff = document.querySelector("nav.main");
  if (isStaff && command && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return palette();
  }
  if (field || command || !isStaff) return;
  const press = {
    "/": palette,
    "?": shortcuts,
    n: () => document.querySelector("a[rel=next], [data-key=n]")?.click(),
    p: () => document.querySelector("a[rel=prev]")?.click(),
    j: () => row(1),
    k: () => row(-1),
  }[event.key];
  if (!press) return;
  event.preventDefault();
  press();
});

// Rows: how many are chosen is on the button, and one press chooses all rows of the page.
for (const form of document.querySelectorAll("form[data-rows]")) {
  const boxes = [...form.querySelectorAll("tbody input[type=checkbox]")];
  const button = form.querySelector("button[type=submit]");
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", say("Choose all rows of this page"));
  form.querySelector("thead th")?.append(all);
  const label = button.textContent;
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    button.textContent = chosen ? label + " (" + chosen + ")" : label;
    button.disabled = chosen === 0;
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  for (const box of boxes) box.addEventListener("change", count);
  addEventListener("pageshow", count);
  count();
}

// The time that is left while acting as a user; when it is over, the next page says so.
const left = document.querySelector("[data-seconds]");
if (left) {
  const end = performance.now() + left.dataset.seconds * 1000;
  const count = () => {
    const seconds = Math.max(0, Math.round((end - performance.now()) / 1000));
    left.textContent = seconds < 120 ? say("{} seconds", seconds) : say("{} minutes", Math.ceil(seconds / 60));
    if (seconds === 60) announce(say("One minute left"));
    if (seconds === 0) return setTimeout(() => location.reload(), 2000);
    setTimeout(count, seconds < 120 ? 1000 : 15000);
  };
  count();
}

// A file that is too large is refused before it is sent.
for (const field of document.querySelectorAll("input[data-max]")) {
  field.addEventListener("change", () => {
    const tooLarge = [...field.files].some((file) => file.size > field.dataset.max);
    field.setCustomValidity(tooLarge ? field.dataset.tooLarge : "");
    field.reportValidity();
  });
}

// Uploads a file straight to its bucket: the portal registers it and says what to send, and where.
const upload = document.querySelector("form[data-upload]");
if (upload) {
  const button = upload.querySelector("button[type=submit]");
  const problem = document.getElementById("problem");
  const shown = document.getElementById("progress");
  const tell = (text) => {
    const notice = document.createElement("div");
    notice.className = "notice bad";
    notice.setAttribute("role", "alert");
    notice.textContent = text;
    problem.replaceChildren(notice);
  };
  const fail = (text) => {
    tell(text);
    shown.hidden = true;
    button.disabled = false;
    // The next attempt is a request of its own: the address of this one has expired by then.
    upload.elements._key.value = crypto.randomUUID();
  };
  const put = (place, file) => new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open(place.dataset.method, place.dataset.url);
    for (const [name, value] of Object.entries(JSON.parse(place.dataset.headers))) {
      // The browser sets the length by itself.
      if (name.toLowerCase() !== "content-length") request.setRequestHeader(name, value);
    }
    let spoken = 0;
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      const percent = Math.floor((100 * loaded) / total);
      shown.querySelector("progress").value = percent;
      shown.querySelector("span").textContent = percent + " %";
      if (Math.floor(percent / 25) > spoken) announce(percent + " %");
      spoken = Math.floor(percent / 25);
    });
    request.addEventListener("loadend", () => done(request.status));
    request.send(file);
  });
  const send = async (file) => {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const sha256 = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const fields = new URLSearchParams(new FormData(upload));
    for (const [name, value] of Object.entries({ name: file.name, contentType: file.type, size: file.size, sha256 })) fields.set(name, value);
    const answer = await fetch(upload.action, { method: "POST", body: fields });
    // Who is signed out by now signs in, and chooses the file again.
    if (answer.status === 401) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const place = page.getElementById("upload");
    if (!place) {
      fail(say("The upload failed. Try again."));
      const refusal = page.querySelector("#problem .notice");
      if (refusal) problem.replaceChildren(document.adoptNode(refusal));
      return;
    }
    const status = await put(place, file);
    if (status === 200) location.assign(place.dataset.done);
    else fail(say("The upload failed. Try again."));
  };
  button.disabled = !crypto.subtle;
  if (!crypto.subtle) tell(say("Uploading needs a connection with HTTPS."));
  upload.addEventListener("submit", (event) => {
    event.preventDefault();
    const file = upload.querySelector("input[type=file]").files[0];
    if (!file || button.disabled) return;
    button.disabled = true;
    problem.replaceChildren();
    shown.hidden = false;
    send(file).catch(() => fail(say("The upload failed. Try again.")));
  });
}
