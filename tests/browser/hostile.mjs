// Texts that want to be scripts, in every field that a page shows. No page may execute one, also where
// the content security policy would block it: it is switched off here. Returns the page of a user with a
// long name.
import { createHash } from "node:crypto";
import { PORTAL, open, signIn, wrong } from "./lib.mjs";

const TEXTS = [
  `"><img src=x onerror=executed()>`,
  `'><svg onload=executed()>`,
  `<script>executed()</script>`,
  `</textarea></title><script>executed()</script>`,
  `" autofocus onfocus=executed() x="`,
  `&lt;img src=x onerror=executed()&gt;`,
  `javascript:executed()`,
];
const LONG = TEXTS.join(" ");
const SHORT = TEXTS[0];

let stored = 0;
const refused = [];

/// Calls the API.
const call = async (token, method, path, body, headers = {}) => {
  const answer = await fetch(PORTAL + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  return { ok: answer.ok, body: answer.status === 204 ? {} : await answer.json().catch(() => ({})) };
};

const tokenOf = async (email, password, headers) => {
  let answer = await call("", "POST", "/api/sessions/login", { email, password }, headers);
  // Many pages before this one have signed in.
  while (answer.body.retryAfter) {
    await new Promise((go) => setTimeout(go, 1000 * answer.body.retryAfter));
    answer = await call("", "POST", "/api/sessions/login", { email, password }, headers);
  }
  if (!answer.ok) throw new Error(`${email} cannot sign in: ${answer.body.detail}`);
  return answer.body.accessToken;
};

const set = (body, field, text) => {
  const names = field.split(".");
  const name = names.pop();
  names.reduce((place, name) => place[name], body)[name] = text;
};

/// Stores each of these fields of a body, the longest text that the API takes.
const store = async (token, method, path, body, fields) => {
  let last = {};
  for (const text of [LONG, SHORT]) {
    const filled = structuredClone(body);
    for (const field of fields) set(filled, field, text);
    last = await call(token, method, path, filled);
    if (last.ok) {
      stored += fields.length;
      return last.body;
    }
  }
  // One field may be stricter than the others.
  if (fields.length > 1) {
    let found = {};
    for (const field of fields) {
      const others = structuredClone(body);
      for (const other of fields) if (other !== field) set(others, other, "A test.");
      const answer = await store(token, method, path, others, [field]);
      if (answer.id) found = answer;
    }
    return found;
  }
  refused.push(`${method} ${path} ${fields[0]}: ${last.body.errors?.[0]?.message ?? last.body.detail}`);
  return {};
};

export const hostile = async (user) => {
  const root = await tokenOf("root@provost.example", "Wintry-Harbour-2026");
  const id = user.split("/").pop();
  const { body: shown } = await call(root, "GET", `/api/admin/users/${id}`);
  const agent = { "user-agent": SHORT };
  const own = await tokenOf(shown.email, "Seeded-Harbour-26", agent);
  const handle = `hostile-${Date.now()}`;
  const organisation = await store(own, "POST", "/api/organisations", { name: "", handle }, ["name"]);
  const org = `/api/organisations/${organisation.id}`;
  await store(root, "POST", `${org}/servers`, { name: "" }, ["name"]);
  const zone = await call(root, "POST", `${org}/dns/zones`, { name: `${handle}.example` });
  await store(root, "POST", `${org}/dns/zones/${zone.body.id}/records`, { name: "@", type: "TXT", content: "" }, ["content"]);
  await store(root, "PUT", `/v1/users/${id}`, { first_name: "", last_name: "", profile: { bio: "", city: "", designation: "" }, reason: "" }, ["first_name", "last_name", "profile.bio", "profile.city", "profile.designation", "reason"]);
  await store(root, "POST", `/api/admin/users/${id}/notes`, { text: "" }, ["text"]);
  await store(root, "POST", `/api/admin/users/${id}/grants`, { amount: 1, type: "storage", reason: "" }, ["reason"]);
  await store(root, "POST", `/api/admin/users/${id}/hold`, { reason: "" }, ["reason"]);
  await call(root, "DELETE", `/api/admin/users/${id}/hold`, { reason: LONG });
  await store(root, "POST", `/api/admin/users/${id}/documents`, { name: "", description: "", contentType: "application/pdf", data: "JVBERi0xLjcKJSVFT0YK", reason: "" }, ["name", "description", "reason"]);
  await store(root, "POST", "/api/admin/products", { name: "", description: "", features: [{ name: "", value: "" }], slug: handle, price: 100, currency: "EUR", billingInterval: "month", portalTier: "paid", type: "plan", reason: "" }, ["name", "description", "features.0.name", "features.0.value", "reason"]);
  await store(root, "POST", "/v1/rbac/roles", { name: handle, description: "", permissions: ["report.read"], reason: "" }, ["description", "reason"]);
  await store(root, "POST", "/v1/rbac/roles", { name: "", permissions: ["report.read"], reason: "A test." }, ["name"]);
  await store(root, "POST", "/v1/views", { name: "", query: "status=active" }, ["name"]);
  await store(root, "POST", "/v1/views", { name: handle, query: `search=${encodeURIComponent(SHORT)}` }, []);
  await store(root, "POST", "/api/admin/storage/buckets", { name: "", bucket: handle, region: "auto", endpoint: "https://objects.example.net", accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", reason: "" }, ["name", "reason"]);
  await store(root, "POST", "/api/admin/email/send", { to: [shown.email], subject: "", text: "", reason: "" }, ["subject", "text", "reason"]);
  await store(root, "POST", "/api/admin/emails/broadcast", { dryRun: true, filter: "verified", subject: "", text: "", reason: "" }, ["subject", "text", "reason"]);
  const templates = await call(root, "GET", "/api/admin/emails/templates");
  await store(root, "PUT", `/api/admin/emails/templates/${templates.body.data[0].id}`, { language: "en", subject: "", text: "", reason: "" }, ["subject", "text", "reason"]);
  await store(root, "POST", "/api/nodes", { name: "", fqdn: `${handle}.provost.example` }, ["name"]);
  await store(own, "POST", "/api/apikeys", { name: "" }, ["name"]);
  await store(own, "POST", "/api/ssh-keys", { name: "", publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti" }, ["name"]);
  await store(own, "POST", "/api/applications", { type: "partner", answers: { audience: "", collaboration: "", description: "", website: "https://ada.example" } }, ["answers.audience", "answers.collaboration", "answers.description"]);
  const other = await call(root, "GET", "/v1/users?limit=2&status=active");
  const reported = other.body.data.find((one) => one.id !== id).id;
  await store(own, "POST", "/api/reports", { category: "spam", description: "", reason: "", reportedUserId: reported }, ["description", "reason"]);
  const sha256 = createHash("sha256").update("x").digest("hex");
  const file = await store(own, "POST", "/api/files", { contentType: "text/plain", name: "", sha256, size: 1 }, ["name"]);
  await store(root, "POST", `/api/admin/files/${file.id}/flag`, { reason: "" }, ["reason"]);
  await store(root, "POST", `/v1/auth/impersonate/${id}`, { reason: "", ticket: "" }, ["reason", "ticket"]);
  await store(root, "POST", `/api/admin/users/${id}/export-job`, { reason: "" }, ["reason"]);
  await store(root, "POST", `/api/admin/users/${id}/ban`, { type: "permanent", reason: "" }, ["reason"]);

  const page = await open({ bypassCSP: true });
  await signIn(page);
  const seen = new Set();
  const waiting = [user, `/staff/organisations/${organisation.id}`, "/staff", `/staff/search?q=${encodeURIComponent(SHORT)}`, `/staff/users?search=${encodeURIComponent(SHORT)}&x=${encodeURIComponent(LONG)}`];
  let shows = 0;
  while (waiting.length) {
    const path = waiting.shift();
    const kind = path.split("?")[0].replace(/\/\w+_\w+/g, "/{}").replace(/^(\/staff\/api\/).+/, "$1") + (path.includes("?") ? "?" : "");
    if (seen.has(kind) || !/^\/(staff|account)/.test(path) || /\/(download|receipt|file|export)(\?|$)/.test(path)) continue;
    seen.add(kind);
    await page.goto(PORTAL + path);
    const found = await page.evaluate(() => ({
      links: [...document.querySelectorAll("a[href]")].map((link) => link.getAttribute("href")),
      scripts: [...document.querySelectorAll("a, form, img, iframe")].filter((one) => /^javascript:/i.test(one.href || one.src || one.action || "")).length,
      shows: document.body.innerText.includes("executed()"),
    }));
    if (found.scripts) wrong(`${path} has ${found.scripts} addresses that are scripts`);
    shows += found.shows;
    waiting.push(...found.links);
  }
  await page.context().close();
  console.log(`texts that want to be scripts: ${stored} fields stored, ${refused.length} refused, ${seen.size} pages opened, ${shows} show one`);
  if (process.env.VERBOSE) for (const line of refused) console.log(line);
  // A name and an address that are as long as they may be push nothing out of the page.
  const local = "a".repeat(64);
  const host = `${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(50)}.example`;
  const long = { email: `${local}@${host}`, first_name: "W".repeat(64), last_name: "M".repeat(64), reason: "A test." };
  const made = await call(root, "POST", "/v1/users", long);
  if (!made.ok) wrong(`the user with a long name: ${made.body.errors?.[0]?.message ?? made.body.detail}`);
  if (stored < 45 || shows < 25) wrong("too few fields were stored or shown to prove anything");
  return `/staff/users/${made.body.id}`;
};
