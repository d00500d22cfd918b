// Calls the shop through the generated client; run by tests/clients.rs.
// What follows `@ts-expect-error` must not compile: otherwise that line itself is an error.
import { MailMethodError, MailMethods, file } from "./mails.js";
import type { Methods } from "./mails.js";

declare const process: { argv: string[] };
declare const console: { log(text: string): void };

const client = new MailMethods({ baseUrl: `${process.argv[2] ?? ""}/`, token: "t0ken", timeout: 5000 });
const order: Methods["orders/confirmation"] = {
  customer: { name: "Ada", email: "ada@example.test" },
  order_no: "2026-041",
  lines: [{ title: "Fieldbook", quantity: 2, price: "12.00" }],
  due: "2026-12-07",
  plan: "team",
  invoice: file("a.pdf", new Uint8Array([37, 80, 68, 70, 255]), "application/pdf"),
};

async function failure(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof MailMethodError)) {
      return "another error";
    }
    const { name, message, status, errors, sent } = error;
    return { name, message, status, paths: errors.map((one) => one.path), sent: sent?.outcome ?? null };
  }
}

const results: unknown[] = [
  (await client.render("orders/confirmation", order, { locale: "de" })).subject,
  (await client.send("orders/confirmation", order, { to: ["bob@example.test"], headers: { "x-a": "b" } }))
    .recipients[0]?.outcome,
  await client.queue("team/invitation", {
    inviter: { name: "Grace", email: "grace@example.test" },
    invitee: "Ada <ada@example.test>",
    team: "Guides",
    accept_url: "https://shop.example.test/a",
    expires_on: "2026-12-15",
  }, { key: "k", at: new Date(Date.UTC(2026, 11, 7, 8)), priority: 1 }),
  await failure(() => client.send("news/digest", {
    subscriber: { email: "bob@example.test" },
    issue: 1,
    headline: "Snow",
    articles: [],
    unsubscribe_url: "https://shop.example.test/u",
  })),
  await failure(() => client.send("account/welcome", { name: "Ada", email: "nobody" })),
  await failure(() => client.render("account/welcome", { name: "Ada", email: "a@example.test" })),
  await failure(() => client.queue("account/welcome", { name: "Ada", email: "a@example.test" })),
];
console.log(JSON.stringify(results));

export async function wrong(): Promise<void> {
  // @ts-expect-error a missing argument
  await client.send("account/welcome", { name: "Ada" });
  // @ts-expect-error a misspelt argument
  await client.send("account/welcome", { name: "Ada", email: "a@example.test", pln: "team" });
  // @ts-expect-error an ill-typed argument
  await client.send("account/welcome", { name: 1, email: "a@example.test" });
  // @ts-expect-error a word that the enum does not have
  await client.send("account/welcome", { name: "Ada", email: "a@example.test", plan: "tem" });
  // @ts-expect-error a method that there is not
  await client.send("account/welcom", { name: "Ada", email: "a@example.test" });
  // @ts-expect-error an option of the queue alone
  await client.send("account/welcome", { name: "Ada", email: "a@example.test" }, { key: "k" });
}
