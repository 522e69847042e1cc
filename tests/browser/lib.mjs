// The browser, and what every page of it is checked for.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const { PORTAL, CHROMIUM, SCREENSHOTS } = process.env;
export const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
export const problems = [];
export const wrong = (text) => {
  if (!problems.includes(text)) problems.push(text);
};

// Chromium looks for its maker's servers at every start, unless told not to.
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
export const browser = await chromium.launch({ executablePath: CHROMIUM, args });

/// A page that reports errors, requests to other servers, and what the policy blocks.
export const open = async (options) => {
  const context = await browser.newContext(options);
  // What a text of a user executes, if a page takes it for a script.
  await context.addInitScript(() => {
    window.executed = () => console.error("a text was executed");
  });
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
    // A file is uploaded straight to its bucket.
    const isUpload = request.method() === "PUT" && page.url().endsWith("/account/files/new");
    if (!own && !isUpload && request.resourceType() !== "document") wrong(`${page.url()} loads ${request.url()}`);
  });
  return page;
};

export const signIn = async (page) => {
  await page.goto(`${PORTAL}/staff/sign-in`);
  await page.fill("#email", "root@provost.example");
  await page.fill("#password", "Wintry-Harbour-2026");
  await page.click("main button[type=submit]");
  await page.waitForURL("**/staff");
};

export const send = async (page, fields) => {
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`form.action [name="${name}"]`);
    if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  await page.click("form.action button[type=submit]");
};

export const text = (page) => page.locator("main").innerText();
export const expect = async (page, wanted) => {
  const shown = await text(page);
  if (!shown.includes(wanted)) wrong(`${page.url()} does not show "${wanted}": ${shown.slice(0, 300)}`);
};
