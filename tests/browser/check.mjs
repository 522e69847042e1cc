// Opens the portal as a member of staff does. Prints what is wrong, and fails if anything is.
import { gzipSync } from "node:zlib";
import { account } from "./account.mjs";
import { hostile } from "./hostile.mjs";
import { everyday } from "./everyday.mjs";
import { PORTAL, SCREENSHOTS, axe, browser, expect, open, problems, send, signIn, text, wrong } from "./lib.mjs";

/// The users whose names match, once the index has them.
const findUser = async (page, name) => {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    await page.goto(`${PORTAL}/staff/users?search=${name}`);
    const link = page.locator("tbody tr td a").first();
    if (await link.count()) return link.getAttribute("href");
    await page.waitForTimeout(500);
  }
  throw new Error(`nobody is found by ${name}`);
};

// The main job: from a misspelt name to the archive, in another browser without an account.
const mainJob = async (options) => {
  const page = await open(options);
  await signIn(page);
  const user = await findUser(page, "paola");
  await page.goto(`${PORTAL}${user}/sessions`);
  await expect(page, "Sessions");
  await page.goto(`${PORTAL}${user}/export`);
  await send(page, { reason: "Asked for by email." });
  await expect(page, "AGE-SECRET-KEY-");
  const job = await page.locator('dl.once a[href^="/staff/exports/"]').getAttribute("href");
  for (let attempt = 0; attempt < 60; attempt += 1) {
    await page.goto(`${PORTAL}${job}`);
    if ((await text(page)).includes("completed")) break;
    await page.waitForTimeout(500);
  }
  await page.goto(`${PORTAL}${job}/share`);
  await send(page, { maxDownloads: "1", reason: "For the user." });
  const link = (await page.locator("dl.once code").first().innerText()).trim();
  if (!link.includes("/share/")) wrong(`the share link is ${link}`);
  const receiver = await open({ acceptDownloads: true });
  await receiver.goto(link);
  const [download] = await Promise.all([receiver.waitForEvent("download"), receiver.click("button")]);
  if (!download.suggestedFilename().endsWith(".age")) wrong(`the archive is ${download.suggestedFilename()}`);
  await receiver.context().close();
  // A note is there once, however often its button is pressed.
  await page.goto(`${PORTAL}${user}/note`);
  await page.locator('form.action [name="text"]').fill("The archive is delivered.");
  await page.locator("form.action button[type=submit]").dblclick();
  await page.waitForURL("**/notes*");
  const notes = await page.locator("tbody tr", { hasText: "The archive is delivered." }).count();
  const expected = options.javaScriptEnabled === false ? 2 : 1;
  if (notes !== expected) wrong(`${notes} notes after a double click, expected ${expected}`);
  await page.context().close();
  return user;
};

const user = await mainJob({ javaScriptEnabled: true });
await mainJob({ javaScriptEnabled: false });

// By keyboard only: the palette, a user, the list of shortcuts, rows.
const keyboard = await open({});
await signIn(keyboard);
await keyboard.keyboard.press("Control+k");
await keyboard.keyboard.type("paula");
await keyboard.waitForFunction(() => document.querySelector("dialog [role=option]")?.textContent.includes("Paula"));
await keyboard.evaluate(axe);
const palette = await keyboard.evaluate(() => window.axe.run(document.querySelector("dialog"), { resultTypes: ["violations"] }));
for (const { id, impact } of palette.violations) if (["serious", "critical"].includes(impact)) wrong(`the palette: ${id}`);
// Enter that ends the composition of a character opens nothing; Escape cancels only the composition.
for (const key of ["Enter", "Escape"]) {
  await keyboard.evaluate((key) => {
    const event = { key, isComposing: true, bubbles: true, cancelable: true };
    document.querySelector("dialog input").dispatchEvent(new KeyboardEvent("keydown", event));
  }, key);
}
await keyboard.waitForTimeout(200);
if (!(await keyboard.locator("dialog[open]").count())) wrong("a key of a composition closes the palette");
await keyboard.keyboard.press("ArrowDown");
await keyboard.keyboard.press("ArrowUp");
await keyboard.keyboard.press("Enter");
await keyboard.waitForURL("**/staff/users/usr_*");
await keyboard.keyboard.press("?");
await keyboard.waitForSelector("dialog kbd");
await keyboard.keyboard.press("Escape");
await keyboard.goto(`${PORTAL}/staff/users`);
await keyboard.keyboard.press("j");
await keyboard.keyboard.press("j");
await keyboard.keyboard.press("Enter");
await keyboard.waitForURL("**/staff/users/usr_*");

// Three rows are chosen; the number on the button is the number that changes.
const rows = await open({});
await signIn(rows);
await rows.goto(`${PORTAL}/staff/users?search=oliver`);
await rows.goto(`${PORTAL}/staff/users?status=active&sort=name`);
for (const box of (await rows.locator("tbody input[type=checkbox]").all()).slice(4, 7)) await box.check();
const label = await rows.locator("form[data-rows] button").innerText();
if (!label.includes("(3)")) wrong(`the button for three rows says ${label}`);
await rows.click("form[data-rows] button");
await expect(rows, "3 users that you chose");
await send(rows, { change: "inactive", reason: "Left the school." });
await expect(rows, "3 users would be changed");
await rows.click("form.action button.danger");
await rows.waitForURL("**/staff/jobs/*");
await rows.waitForFunction(() => document.querySelector("main").innerText.includes("completed"), null, { timeout: 60000 });
await rows.context().close();

// Acting as a user: the banner is on every page, and Stop returns.
const acting = await open({});
await signIn(acting);
await acting.goto(`${PORTAL}${user}/impersonate`);
await send(acting, { view_mode: "impersonation", reason: "The list of servers is empty." });
await acting.waitForURL("**/account");
for (const path of ["/account", "/account/sessions", "/staff"]) {
  await acting.goto(PORTAL + path);
  const banner = await acting.locator("aside.acting").innerText();
  if (!banner.includes("sees what is shown to") || !/\d+ minutes/.test(banner)) wrong(`${path}: the banner says ${banner}`);
}
if (SCREENSHOTS) await acting.screenshot({ path: `${SCREENSHOTS}/acting-light-1440.png` });
await acting.click("aside.acting button");
await acting.waitForURL(`**${user}*`);
await expect(acting, "You act for yourself again.");
await acting.context().close();

// Copying where the browser has no clipboard: the text is selected, and the page says so.
const copying = await open({});
await copying.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
await signIn(copying);
await copying.goto(`${PORTAL}/staff/api/banUser`);
await copying.click(".copyable + button");
const copied = await copying.evaluate(() => [document.querySelector(".copyable + button").textContent, String(getSelection())]);
if (!copied[0].includes("Ctrl+C") || !copied[1].startsWith("curl")) wrong(`copying without a clipboard: ${copied}`);
await copying.context().close();

await everyday();
await account();
const longNamed = await hostile(user);

// After signing out, going back shows nothing of anybody.
await keyboard.click("text=Sign out");
await keyboard.waitForURL("**/staff/sign-in");
await keyboard.goBack();
if ((await text(keyboard)).includes("Overview")) wrong("a page with data is shown after signing out");
await keyboard.context().close();

// Every kind of page: accessible in both themes, and not wider than the screen.
const pages = [
  longNamed, "/staff/users?sort=-created_at", "/staff", "/staff/users", "/staff/users?search=paola&status=active", user, `${user}/sessions`, `${user}/sign-ins`, `${user}/permissions`, `${user}/benefits`,
  `${user}/notes`, `${user}/exports`, `${user}/plan`, `${user}/ban`, `${user}/role`, `${user}/export`, "/staff/search?q=paula", "/staff/deletions", "/staff/exports",
  "/staff/verifications", "/staff/fraud", "/staff/reports", "/staff/applications", "/staff/files", "/staff/products", "/staff/products/new", "/staff/revenue",
  "/staff/emails", "/staff/email-templates", "/staff/broadcasts/new", "/staff/audit", "/staff/roles", "/staff/permissions", "/staff/settings",
  "/staff/settings/retention/change", "/staff/roles/compare", "/staff/roles/new", "/staff/api", "/staff/api/banUser", "/staff/search", "/staff/integrations/test", "/staff/fraud/dismiss-many",
  `${user}/documents`, `${user}/documents/new`, `${user}/impersonate`, `${user}/activity`, "/staff/users/bulk?status=inactive", "/staff/views", "/staff/broadcasts",
  "/staff/fraud/scan", "/account/api-keys", "/account/avatar", "/account/password", "/staff/storage", "/staff/system-keys", "/staff/status", "/staff/impersonations", "/account", "/account/sessions", "/account/profile",
  "/staff/users/import", "/account/files", "/account/files/new", "/account/billing", "/account/language",
];
let largest = 0;
const paints = [];
// A theme changes colours and a width changes the layout, so two combinations show both of each.
for (const colorScheme of ["light", "dark"]) {
  for (const width of SCREENSHOTS ? [1440, 360] : [colorScheme === "light" ? 1440 : 360]) {
    const page = await open({ colorScheme, viewport: { width, height: 900 } });
    await signIn(page);
    for (const path of pages) {
      const answer = await page.goto(PORTAL + path);
      if (!answer.ok()) wrong(`${path} answers ${answer.status()}`);
      const size = gzipSync(await answer.body()).length;
      largest = Math.max(largest, size);
      if (size > 60_000) wrong(`${path} has ${size} bytes, compressed`);
      paints.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) wrong(`${path} is ${wide} pixels too wide at ${width}`);
      // What is cut ends with an ellipsis, and its title has all of it.
      const cut = await page.evaluate(() => [...document.querySelectorAll("main *")].filter((one) => {
        const style = getComputedStyle(one);
        const isCut = one.scrollWidth > one.clientWidth + 1 && style.overflowX === "hidden" && !one.closest(".hidden, thead");
        return isCut && (style.textOverflow !== "ellipsis" || !one.title);
      }).map((one) => one.outerHTML.slice(0, 120)));
      if (cut.length) wrong(`${path} (${width}) cuts ${cut[0]}`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      for (const { id, impact, nodes } of violations) {
        if (["serious", "critical"].includes(impact)) wrong(`${path} (${colorScheme}, ${width}): ${id}: ${nodes[0].html.slice(0, 160)}`);
      }
      if (SCREENSHOTS) {
        const name = path.replace(longNamed, "long-name").replace(/usr_\w+/, "user").replace(/\W+/g, "-").replace(/^-/, "");
        await page.screenshot({ path: `${SCREENSHOTS}/${name}-${colorScheme}-${width}.png`, fullPage: true });
      }
    }
    await page.context().close();
  }
}
await browser.close();
paints.sort((one, other) => one - other);
console.log(`the largest page has ${largest} bytes, compressed; first contentful paint: median ${Math.round(paints[paints.length >> 1])} ms, 95 % within ${Math.round(paints[Math.floor(paints.length * 0.95)])} ms`);
for (const problem of problems) console.log(problem);
console.log(problems.length ? `${problems.length} problems` : `the portal: ${pages.length} pages in both themes and widths, the main job with and without scripts, the keyboard: no problems`);
process.exit(problems.length ? 1 : 0);
