// The main job with the generated TypeScript client: find a user, export their data, share the archive, erase the account.
import { randomBytes } from "node:crypto";
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const url = process.env["PROVOST_URL"]!;
const anonymous = createClient<paths>({ baseUrl: url, headers: { accept: "application/json" } });

// The data of an answer, unless it is a problem.
function ok<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data;
}

async function signIn(email: string, password: string) {
  const tokens = ok(await anonymous.POST("/api/sessions/login", { body: { email, password } }));
  return createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${tokens.accessToken}` } });
}

async function waitFor<T extends { status: string }>(read: () => Promise<T>, status: T["status"]): Promise<T> {
  const until = Date.now() + 60_000;
  for (;;) {
    const found = await read();
    if (found.status === status) return found;
    if (Date.now() > until) throw new Error(JSON.stringify(found));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const root = await signIn(process.env["PROVOST_ROOT_EMAIL"]!, process.env["PROVOST_ROOT_PASSWORD"]!);
const tag = randomBytes(6).toString("hex");
const [email, password] = [`ada.${tag}@example.test`, `Correct-Horse-${tag}!`];
const user = ok(
  await anonymous.POST("/api/users/register", {
    body: { email, password, firstName: "Ada", lastName: `Lovelace${tag}`, dateOfBirth: "1990-12-10", billingCountry: "NO" },
  }),
).id;

const search = { params: { query: { search: `ada.${tag}` } } };
let found = ok(await root.GET("/api/admin/users", search)).data;
// The user index follows within seconds.
for (const until = Date.now() + 60_000; found.length === 0 && Date.now() < until; ) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  found = ok(await root.GET("/api/admin/users", search)).data;
}
if (found.length !== 1 || found[0]?.id !== user) throw new Error(JSON.stringify(found));
const details = ok(await root.GET("/api/admin/users/{id}", { params: { path: { id: user } } }));
if (details.email !== email) throw new Error(JSON.stringify(details));

const job = ok(await root.POST("/api/admin/users/{id}/export-job", { params: { path: { id: user } }, body: {} })).id;
const byJob = { params: { path: { id: job } } };
await waitFor(async () => ok(await root.GET("/api/admin/export-jobs/{id}", byJob)), "completed");
const link = ok(
  await root.POST("/api/admin/export-jobs/{id}/share-link", { ...byJob, body: { expiresInHours: 24, maxDownloads: 1 } }),
).url;
const token = link.slice(link.lastIndexOf("/") + 1);
const redeemed = await anonymous.POST("/share/{token}", { params: { path: { token } }, body: {}, redirect: "manual", parseAs: "stream" });
const location = redeemed.response.headers.get("location");
if (redeemed.response.status !== 303 || !location) throw new Error(`redeeming answered ${redeemed.response.status}`);
const archive = await (await fetch(location)).arrayBuffer();

const ada = await signIn(email, password);
const request = ok(await ada.POST("/api/users/me/deletion-request", { body: {} })).id;
const byRequest = { params: { path: { id: request } } };
ok(await root.POST("/api/admin/deletions/{id}/expedite", { ...byRequest, body: { reason: "requested by the user in writing" } }));
await waitFor(async () => ok(await root.GET("/api/admin/deletions/{id}", byRequest)), "erased");
const receipt = ok(await root.GET("/api/admin/deletions/{id}/receipt", byRequest)).receipt;
console.log(JSON.stringify({ user, bytes: archive.byteLength, receipt }));
