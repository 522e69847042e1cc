// A stand-in for Stripe: the calls that a checkout needs, and its pages. The API is at 127.0.0.1, as
// it has to be, and the pages are at localhost: for a browser that is another site, as Stripe is.
import { createServer } from "node:http";

const objects = new Map();
const keep = (object) => {
  objects.set(object.id, object);
  return object;
};
const list = (data) => ({ object: "list", data, has_more: false });
const all = (kind) => [...objects.values()].filter(({ object }) => object === kind);
let serial = 0;

const act = (method, path, asked, pages) => {
  const [kind, id] = path.slice("/v1/".length).split("/");
  const created = `${kind.slice(0, 4)}_${(serial += 1)}`;
  if (method === "GET" && id) return objects.get(id);
  if (method === "GET" && kind === "prices") return list(all("price").filter(({ product }) => product === asked.get("product")));
  if (method === "GET") return list(all(kind.replace(/s$/, "")));
  if (kind === "customers") return keep({ id: `cus_${serial}`, object: "customer", email: asked.get("email"), metadata: {} });
  if (kind === "products" && id) return keep({ ...objects.get(id), default_price: asked.get("default_price") ?? objects.get(id).default_price });
  if (kind === "products") return keep({ id: `prod_${serial}`, object: "product", default_price: null, name: asked.get("name"), active: true, metadata: {} });
  if (kind === "prices") {
    const recurring = { interval: asked.get("recurring[interval]"), interval_count: 1 };
    return keep({ id: `price_${serial}`, object: "price", active: true, product: asked.get("product"), unit_amount: Number(asked.get("unit_amount")), currency: asked.get("currency"), recurring, metadata: {} });
  }
  if (kind === "checkout") {
    const back = { success: asked.get("success_url"), cancel: asked.get("cancel_url") };
    return keep({ id: `cs_${serial}`, object: "checkout.session", mode: "subscription", url: `${pages}/pay/cs_${serial}#fid`, expires_at: 4102444800, customer: asked.get("customer"), back });
  }
  return keep({ id: created, object: kind, url: `${pages}/portal` });
};

const server = createServer((request, response) => {
  const { port } = server.address();
  const url = new URL(request.url, `http://127.0.0.1:${port}`);
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    if (url.pathname.startsWith("/pay/")) {
      const { back } = objects.get(url.pathname.slice("/pay/".length));
      response.setHeader("content-type", "text/html");
      return response.end(`<!DOCTYPE html><html lang="en"><title>Checkout</title><link rel="icon" href="data:,"><h1>Checkout</h1><a href="${back.success}">Pay</a> <a href="${back.cancel}">Cancel</a></html>`);
    }
    const asked = new URLSearchParams(body || url.search);
    const answer = act(request.method, url.pathname, asked, `http://localhost:${port}`);
    response.statusCode = answer ? 200 : 404;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer ?? { error: { type: "invalid_request_error", code: "resource_missing" } }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
