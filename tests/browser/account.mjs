// Importing users, uploading a file, and buying on a page of Stripe, with and without scripts.
import { createHash } from "node:crypto";
import { PORTAL, SCREENSHOTS, expect, open, send, signIn, text, wrong } from "./lib.mjs";

const picture = async (page, name) => {
  if (!SCREENSHOTS) return;
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1440, 360]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: `${SCREENSHOTS}/${name}-${colorScheme}-${width}.png`, fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
};

const token = async () => {
  const body = JSON.stringify({ email: "root@provost.example", password: "Wintry-Harbour-2026" });
  const answer = await fetch(`${PORTAL}/api/sessions/login`, { method: "POST", headers: { "content-type": "application/json" }, body });
  return (await answer.json()).accessToken;
};

const importUsers = async (page, javaScriptEnabled) => {
  await page.goto(`${PORTAL}/staff/users/import`);
  const host = javaScriptEnabled ? "with.example" : "without.example";
  const rows = [`ada@${host},Ada Müller,1990-05-01`, "no address,Bela,", `cleo@${host},Cleo,31/05/1990`, `root@provost.example,Root,`];
  const file = { name: "school.csv", mimeType: "text/csv", buffer: Buffer.from(`email,name,date_of_birth\n${rows.join("\n")}\n`) };
  await page.setInputFiles("#field-file", file);
  await send(page, { reason: "The list of the school." });
  await expect(page, "1 user would be created");
  await expect(page, "Refused rows");
  await picture(page, javaScriptEnabled ? "import-plan" : "import-plan-without-script");
  await page.click("form.action button[type=submit]");
  await expect(page, "1 user was created.");
  await picture(page, javaScriptEnabled ? "import-result" : "import-result-without-script");
  if (javaScriptEnabled) {
    // A file that is too large is refused before it is sent.
    await page.goto(`${PORTAL}/staff/users/import`);
    await page.setInputFiles("#field-file", { ...file, buffer: Buffer.alloc((1 << 20) + 1, "a") });
    const refused = await page.locator("#field-file").evaluate((field) => field.validationMessage);
    if (!refused.includes("1 MiB")) wrong(`a file that is too large is told: ${refused}`);
  }
};

const uploadFile = async (page) => {
  // The bucket is another server, which only this page may connect to.
  const uploads = [];
  page.on("request", (request) => {
    if (request.method() === "PUT") uploads.push(request);
  });
  await page.goto(`${PORTAL}/account/files/new`);
  const bytes = Buffer.from("Ünïcödé, and a line\n".repeat(5000));
  // A browser knows no type for this name.
  await page.setInputFiles("#field-file", { name: "notes", mimeType: "", buffer: bytes });
  await page.click("form.action button[type=submit]");
  await page.waitForURL("**/account/files/fil_*");
  await expect(page, "The file is uploaded.");
  await expect(page, "available");
  await expect(page, createHash("sha256").update(bytes).digest("hex"));
  await picture(page, "file");
  const headers = await uploads[0].allHeaders();
  if (headers["content-type"] !== "application/octet-stream" || !headers["x-amz-checksum-sha256"]) wrong(`the upload sends ${JSON.stringify(headers)}`);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Download")]);
  if (download.suggestedFilename() !== "notes") wrong(`the download is called ${download.suggestedFilename()}`);
  await page.goto(`${PORTAL}/account/files`);
  await expect(page, "notes");
  await picture(page, "files");
  // What the API refuses is said in place, and the next attempt goes on.
  await page.goto(`${PORTAL}/account/files/new`);
  await page.setInputFiles("#field-file", { name: "empty.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) });
  await page.click("form.action button[type=submit]");
  await page.waitForSelector("#problem [role=alert] a");
  await picture(page, "file-refused");
  await page.setInputFiles("#field-file", { name: "short.txt", mimeType: "text/plain", buffer: Buffer.from("short") });
  await page.click("form.action button[type=submit]");
  await page.waitForURL("**/account/files/fil_*");
  await page.click("main >> text=Delete");
  await page.click("form.action button.danger");
  await page.waitForURL("**/account/files*");
  await expect(page, "The file is deleted.");
  if ((await text(page)).includes("short.txt")) wrong("a deleted file is in the list");
};

const buy = async (page) => {
  await page.goto(`${PORTAL}/account/billing`);
  await picture(page, "billing");
  await page.click("main >> text=Buy");
  await picture(page, "buy");
  await page.click("form.action button[type=submit]");
  // No policy of ours blocks the way, and the way back does not lead into a circle.
  await page.waitForURL("http://localhost:*/pay/**");
  await page.goBack();
  await page.waitForURL("**/account/billing/buy/*");
  await page.click("form.action button[type=submit]");
  await page.waitForURL("http://localhost:*/pay/**");
  // From another site, the first page here is that of somebody who is signed in.
  await page.click("text=Pay");
  await page.waitForURL("**/account/billing*");
  await expect(page, "Stripe has your payment.");
  await expect(page, "Plans and add-ons");
};

export const account = async () => {
  const headers = { authorization: `Bearer ${await token()}`, "content-type": "application/json" };
  const plan = { type: "plan", name: "Pro", slug: "pro-month", description: "For schools", price: 900, currency: "EUR", billingInterval: "month", portalTier: "paid", features: [{ name: "Servers", value: "10" }], reason: "A test." };
  const made = await (await fetch(`${PORTAL}/api/admin/products`, { method: "POST", headers, body: JSON.stringify(plan) })).json();
  const synced = await fetch(`${PORTAL}/api/admin/products/${made.id}/sync`, { method: "POST", headers, body: "{}" });
  if (!synced.ok) wrong(`the product is not synchronised: ${await synced.text()}`);
  for (const javaScriptEnabled of [true, false]) {
    const page = await open({ javaScriptEnabled, acceptDownloads: true });
    await signIn(page);
    await importUsers(page, javaScriptEnabled);
    await buy(page);
    if (javaScriptEnabled) {
      await uploadFile(page);
    } else {
      // Without a script the page says so, and its button does nothing.
      await page.goto(`${PORTAL}/account/files/new`);
      await expect(page, "Uploading needs JavaScript");
      if (await page.locator("form.action button[type=submit]").isEnabled()) wrong("the button to upload works without a script");
    }
    await page.context().close();
  }
  // German words are longer, and still fit.
  const german = await open({ locale: "de-DE", viewport: { width: 360, height: 900 } });
  await signIn(german);
  for (const path of ["/staff/users", "/staff/users/import", "/account", "/account/billing", "/account/files/new", "/staff/settings", "/staff/fraud/dismiss-many"]) {
    await german.goto(PORTAL + path);
    if ((await german.locator("html").getAttribute("lang")) !== "de") wrong(`${path} is not in German`);
    const wide = await german.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) wrong(`${path} is ${wide} pixels too wide in German`);
    if (SCREENSHOTS) await german.screenshot({ path: `${SCREENSHOTS}/german${path.replaceAll("/", "-")}.png`, fullPage: true });
  }
  await german.keyboard.press("?");
  await german.waitForSelector("dialog >> text=Nächste und vorige Zeile");
  await german.context().close();
};
