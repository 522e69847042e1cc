// Opens the portal as a member of staff does. Prints what is wrong, and fails if anything is.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { PORTAL, CHROMIUM, SCREENSHOTS } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
const problems = [];
const wrong = (text) => {
  if (!problems.includes(text)) problems.push(text);
};

// Chromium looks for its maker's servers at every start, unless told not to.
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: CHROMIUM, args });

/// A page that reports errors, requests to other servers, and what the policy blocks.
const open = async (options) => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  page.on("pageerror", (error) => wrong(`${page.url()}: ${error}`));
  page.on("console", (message) => {
    // A refused form is an answer, which the browser reports like a failure to load.
    const refused = message.text().includes("Failed to load resource");
    if (message.type() === "error" && !refused) wrong(`${page.url()}: ${message.text()}`);
  });
  page.on("request", (request) => {
    const own = request.url().startsWith(PORTAL) || request.url().startsWith("data:");
    if (!own && request.resourceType() !== "document") wrong(`${page.url()} loads ${request.url()}`);
  });
  return page;
};

const signIn = async (page) => {
  await page.goto(`${PORTAL}/staff/sign-in`);
  await page.fill("#email", "root@provost.example");
  await page.fill("#password", "Wintry-Harbour-2026");
  await page.click("main button[type=submit]");
  await page.waitForURL("**/staff");
};

const send = async (page, fields) => {
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`form.action [name="${name}"]`);
    if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  await page.click("form.action button[type=submit]");
};

const text = (page) => page.locator("main").innerText();
const expect = async (page, wanted) => {
  const shown = await text(page);
  if (!shown.includes(wanted)) wrong(`${page.url()} does not show "${wanted}": ${shown.slice(0, 300)}`);
};

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

// By keyboard only: search, the first result, a note.
const keyboard = await open({});
await signIn(keyboard);
await keyboard.keyboard.press("/");
await keyboard.keyboard.type("paula");
await keyboard.keyboard.press("Enter");
await keyboard.waitForURL("**/staff/search*");
await keyboard.locator("ul.results a").first().focus();
await keyboard.keyboard.press("Enter");
await keyboard.waitForURL("**/staff/users/usr_*");
// After signing out, going back shows nothing of anybody.
await keyboard.click("text=Sign out");
await keyboard.waitForURL("**/staff/sign-in");
await keyboard.goBack();
if ((await text(keyboard)).includes("Overview")) wrong("a page with data is shown after signing out");
await keyboard.context().close();

// Every kind of page: accessible in both themes, and not wider than the screen.
const pages = [
  "/staff", "/staff/users", "/staff/users?search=paola&status=active", user, `${user}/sessions`, `${user}/sign-ins`, `${user}/permissions`, `${user}/benefits`,
  `${user}/notes`, `${user}/exports`, `${user}/plan`, `${user}/ban`, `${user}/role`, `${user}/export`, "/staff/search?q=paula", "/staff/deletions", "/staff/exports",
  "/staff/verifications", "/staff/fraud", "/staff/reports", "/staff/applications", "/staff/files", "/staff/products", "/staff/products/new", "/staff/revenue",
  "/staff/emails", "/staff/email-templates", "/staff/broadcasts/new", "/staff/audit", "/staff/roles", "/staff/permissions", "/staff/settings",
  "/staff/settings/retention/change", "/staff/storage", "/staff/system-keys", "/staff/status", "/staff/impersonations", "/account", "/account/sessions", "/account/profile",
];
// A theme changes colours and a width changes the layout, so two combinations show both of each.
for (const colorScheme of ["light", "dark"]) {
  for (const width of SCREENSHOTS ? [1440, 360] : [colorScheme === "light" ? 1440 : 360]) {
    const page = await open({ colorScheme, viewport: { width, height: 900 } });
    await signIn(page);
    for (const path of pages) {
      const answer = await page.goto(PORTAL + path);
      if (!answer.ok()) wrong(`${path} answers ${answer.status()}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) wrong(`${path} is ${wide} pixels too wide at ${width}`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      for (const { id, impact, nodes } of violations) {
        if (["serious", "critical"].includes(impact)) wrong(`${path} (${colorScheme}, ${width}): ${id}: ${nodes[0].html.slice(0, 160)}`);
      }
      if (SCREENSHOTS) {
        const name = path.replace(/usr_\w+/, "user").replace(/\W+/g, "-").replace(/^-/, "");
        await page.screenshot({ path: `${SCREENSHOTS}/${name}-${colorScheme}-${width}.png`, fullPage: true });
      }
    }
    await page.context().close();
  }
}
await browser.close();
for (const problem of problems) console.log(problem);
console.log(problems.length ? `${problems.length} problems` : `the portal: ${pages.length} pages in both themes and widths, the main job with and without scripts, the keyboard: no problems`);
process.exit(problems.length ? 1 : 0);
