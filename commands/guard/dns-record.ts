import { rootCertificates } from "node:tls";

import { Agent, request } from "undici";
import * as z from "zod";

import { type RecordDns } from "../../estate/return-guard-settings";

const LISTED = z.looseObject({
  success: z.boolean(),
  errors: z.array(z.looseObject({ message: z.string() })).nullish(),
  result: z.unknown(),
});
const ANSWER = z.looseObject({ Answer: z.array(z.looseObject({ data: z.string() })).optional() });
/** Seconds for which a resolver may show it without asking again; the least that Cloudflare takes. */
const TIME_TO_LIVE = 60;

/** A TXT record at Cloudflare, written by its API and read by DNS over HTTPS, as the nodes read it. */
export class DnsRecord {
  readonly #agent: Agent;

  constructor(
    private readonly place: RecordDns,
    private readonly token: string,
    authority: string | undefined,
  ) {
    const ca = authority === undefined ? [] : [authority];
    this.#agent = new Agent({ connect: { ca: [...rootCertificates, ...ca], timeout: 10_000 }, headersTimeout: 20_000 });
  }

  /** What a resolver shows, each text whole. */
  async seen(): Promise<string[]> {
    const { resolver, name } = this.place;
    const url = `${resolver}?name=${encodeURIComponent(name)}&type=TXT`;
    const { statusCode, body } = await request(url, {
      dispatcher: this.#agent,
      headers: { accept: "application/dns-json" },
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${resolver} answered ${statusCode}`);
    const { Answer: answers = [] } = ANSWER.parse(JSON.parse(text));
    return answers.map(({ data }) => data.replaceAll(/["\s]/g, ""));
  }

  /** Makes it, or changes the one that is there. */
  async write(line: string): Promise<void> {
    const { name, zoneId } = this.place;
    const path = `/zones/${zoneId}/dns_records`;
    const found = z
      .array(z.looseObject({ id: z.string() }))
      .parse(await this.#ask("GET", `${path}?type=TXT&name=${encodeURIComponent(name)}`));
    const content = `"${line}"`;
    const record = { type: "TXT", name, content, ttl: TIME_TO_LIVE };
    const [first] = found;
    await (first === undefined ? this.#ask("POST", path, record) : this.#ask("PUT", `${path}/${first.id}`, record));
  }

  /** Ends all connections. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #ask(method: "GET" | "POST" | "PUT", path: string, content?: object): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const body = content === undefined ? {} : { body: JSON.stringify(content) };
    const answer = await request(`${this.place.api}${path}`, { method, headers, dispatcher: this.#agent, ...body });
    const parsed = LISTED.safeParse(await answer.body.json().catch(() => undefined));
    if (parsed.success && parsed.data.success) return parsed.data.result;
    const why = parsed.success
      ? (parsed.data.errors ?? []).map(({ message }) => message).join("; ")
      : "no answer of its API";
    throw new Error(`Cloudflare, ${method} ${path.split("?")[0] ?? ""}: ${answer.statusCode} ${why}`);
  }
}
