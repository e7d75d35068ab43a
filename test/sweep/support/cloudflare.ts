import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Agent, request } from "undici";

import { type LabSite } from "../../../tools/lab-site/prepare";

/** Somebody in the dashboard leads a name elsewhere and lets everybody log in; the names of what changed, as the program has them. */
export async function meddled(site: LabSite): Promise<readonly string[]> {
  const { records, policies } = holdingsOf(site);
  const record = records.find(({ name }) => name === "nextcloud.example.org")!;
  await ask(site, "PUT", `/zones/${zoneOf(site)}/dns_records/${record.id}`, { ...record, content: "evil.example.net" });
  const policy = policies[0]!;
  await ask(site, "PUT", `${policiesOf(site)}/${policy.id}`, { ...policy, include: [{ everyone: {} }] });
  return ["nextcloud.example.org", "ZeroTrustAccessPolicy"];
}

/** Who may log in, as the account has it. */
export async function whoMayLogIn(site: LabSite): Promise<unknown> {
  const path = `${policiesOf(site)}/${holdingsOf(site).policies[0]!.id}`;
  return ((await ask(site, "GET", path)) as { include: unknown }).include;
}

function zoneOf({ sheet }: LabSite): string {
  return sheet.cloudflare!.zones["example.org"]!;
}

function policiesOf({ sheet }: LabSite): string {
  return `/accounts/${sheet.cloudflare!.accountId}/access/policies`;
}

type Shelf = readonly ({ readonly id: string } & Readonly<Record<string, unknown>>)[];

/** What the account holds, as the lab keeps it. */
function holdingsOf({ places }: LabSite): Readonly<Record<"records" | "policies", Shelf>> {
  return JSON.parse(readFileSync(join(places.lab, "cloudflare.json"), "utf8")) as ReturnType<typeof holdingsOf>;
}

async function ask({ sheet }: LabSite, method: string, path: string, body?: object): Promise<unknown> {
  const { api, apiToken } = sheet.cloudflare!;
  const dispatcher = new Agent({ connect: { ca: readFileSync(sheet.ca, "utf8") } });
  const headers = { authorization: `Bearer ${apiToken}`, "content-type": "application/json" };
  const sent = { method, headers, dispatcher, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const answer = await request(`${api}${path}`, sent as never);
  const { result } = (await answer.body.json()) as { result: unknown };
  assert.equal(answer.statusCode, 200);
  await dispatcher.close();
  return result;
}
