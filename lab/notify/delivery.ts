import { request as httpRequest } from "node:http";

import { type Fields, type Notification } from "./notification";

/** What a target needs besides its fields: what nobody reads back. */
export type Secrets = Readonly<Record<string, string>>;

/**
 * Sends a message to a target over plain HTTP on loopback.
 * Sources: proxmox-rs, proxmox-notify/src/endpoints/webhook.rs and gotify.rs. Bodies, header values and secrets are base64.
 * @throws {Error} When it did not arrive; the text holds no address, which may be a secret.
 */
export async function deliver(type: string, target: Fields, secrets: Secrets, message: Notification): Promise<void> {
  if (type === "sendmail") return;
  if (type === "gotify") {
    const body = JSON.stringify({
      title: message.title,
      message: message.message,
      priority: PRIORITY[message.severity],
    });
    const url = `${String(target["server"]).replace(/\/$/, "")}/message`;
    return send("POST", url, { "content-type": "application/json", "x-gotify-key": secrets["token"] ?? "" }, body);
  }
  const text = (template: string) => render(template, message, secrets);
  const headers = Object.fromEntries(
    listOf(target["header"])
      .map(namedValue)
      .map(([name, value]) => [name, text(decoded(value))]),
  );
  const body = typeof target["body"] === "string" ? text(decoded(target["body"])) : "";
  return send(String(target["method"]).toUpperCase(), text(String(target["url"])), headers, body);
}

/** Name and value of `name=token,value=c2VjcmV0`. */
export function namedValue(property: string): readonly [string, string] {
  const { name = "", value = "" } = /^name=(?<name>[^,]*)(?:,value=(?<value>.*))?$/.exec(property)?.groups ?? {};
  return [name, value];
}

/** Text behind base64. */
export function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}

const PRIORITY = { info: 1, notice: 3, warning: 5, error: 9, unknown: 3 } as const;

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as string[]) : [];
}

const HELPERS: Readonly<Record<string, (value: string) => string>> = {
  escape: (value) => JSON.stringify(value).slice(1, -1),
  json: (value) => JSON.stringify(value),
  "url-encode": encodeURIComponent,
};

function render(template: string, message: Notification, secrets: Secrets): string {
  const { title, message: text, severity, timestamp, fields } = message;
  const plain: Record<string, string> = { title, message: text, severity, timestamp: String(timestamp) };
  return template.replaceAll(
    /\{\{\s*(?:([\w-]+)\s+)?([\w.-]+)\s*\}\}/g,
    (_whole, helper: string | undefined, name: string) => {
      const [group = "", ...rest] = name.split(".");
      const inner = rest.join(".");
      const value = group === "secrets" ? secrets[inner] : group === "fields" ? fields[inner] : plain[name];
      return (HELPERS[helper ?? ""] ?? String)(value ?? "");
    },
  );
}

function send(method: string, url: string, headers: Record<string, string>, body: string): Promise<void> {
  if (!url.startsWith("http://127.")) throw new Error("the lab sends to plain HTTP on loopback only");
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers, agent: false, timeout: 10_000 }, (response) => {
      response.resume();
      response.on("end", () => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) resolve();
        else reject(new Error(`the target answered ${statusCode}`));
      });
    });
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => {
      reject(new Error("the target could not be reached"));
    });
    outgoing.end(body);
  });
}
