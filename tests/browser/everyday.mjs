// What people expect of lists: the way back leads to the same filters, and what is out of sight is not
// chosen.
import { PORTAL, expect, open, send, signIn, wrong } from "./lib.mjs";

export const everyday = async () => {
  const page = await open({});
  await signIn(page);

  // Filter, second page, open a row, save, and back: the same filter, order and page each time.
  const list = `${PORTAL}/staff/users?status=active&sort=name&limit=10&page=2`;
  await page.goto(list);
  const row = await page.locator("tbody tr td a").first().getAttribute("href");
  await page.click("tbody tr td a");
  await page.waitForURL(`**${row}`);
  await page.goto(`${PORTAL}${row}/note`);
  await send(page, { text: "Called about the address." });
  await page.waitForURL("**/notes*");
  for (let back = 0; page.url() !== list && back < 4; back += 1) await page.goBack();
  if (page.url() !== list) wrong(`the way back ends at ${page.url()}`);
  if ((await page.locator("select[name=status]").inputValue()) !== "active") wrong("the filter is lost on the way back");
  const next = await page.locator("a[rel=next]").getAttribute("href");
  for (const kept of ["status=active", "sort=name", "limit=10", "page=3"]) if (!next.includes(kept)) wrong(`the next page ${next} lacks ${kept}`);

  // Three rows, another filter, two more: only the two that are in sight count.
  const choose = async (count) => {
    const boxes = await page.locator("tbody input[type=checkbox]").all();
    for (const box of boxes.slice(4, 4 + count)) await box.check();
  };
  await choose(3);
  await page.goto(`${PORTAL}/staff/users?sort=-created_at`);
  await choose(2);
  const label = await page.locator("form[data-rows] button[type=submit]").innerText();
  if (!label.includes("(2)")) wrong(`two rows are in sight, and the button says ${label}`);
  await page.click("form[data-rows] button[type=submit]");
  await expect(page, "2 users that you chose");
  // Back in the list, the button says what is chosen there, whether or not the browser kept it.
  await page.goBack();
  const chosen = await page.locator("tbody input[type=checkbox]:checked").count();
  const after = await page.locator("form[data-rows] button[type=submit]").innerText();
  if (after.includes("(") !== chosen > 0 || (chosen && !after.includes(`(${chosen})`))) wrong(`${chosen} rows are chosen, and the button says ${after}`);

  // A job that is over before the first look, and one that is watched until it ends.
  await page.goto(`${PORTAL}/staff/fraud/scan`);
  const percents = [];
  await page.exposeFunction("seen", (percent) => percents.push(percent));
  await page.addInitScript(() => setInterval(() => {
    const bar = document.querySelector("progress");
    if (bar) window.seen(bar.value);
  }, 50));
  await page.check("form.action [name=dryRun]");
  await send(page, { reason: "A try." });
  await page.waitForURL("**/staff/jobs/*");
  await page.waitForFunction(() => document.querySelector("#live") && !document.querySelector("#live[data-live]"), null, { timeout: 60000 });
  await expect(page, "completed");
  if (percents.some((percent, index) => percent < (percents[index - 1] ?? 0))) wrong(`percentages fall: ${percents}`);
  let asked = 0;
  page.on("request", () => (asked += 1));
  await page.waitForTimeout(3000);
  if (asked) wrong("a page about a job that has ended asks again");
  await page.context().close();

};
