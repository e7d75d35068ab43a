import { isDeepStrictEqual } from "node:util";

import * as z from "zod";

import { ALERT_FORMS, ALERT_TEMPLATES } from "../../estate/units/alert-form";
import { given, orElse, text, trimmed, type Fields } from "./fields";
import { comment, identifier } from "./input-text";
import { demandSightOfMessages, SENDER_NAMES, senderOf, type Sender } from "./notification-sender";
import { type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  name: identifier("pveId").describe("Name of the target in PVE. **Cannot be changed.**"),
  address: z
    .string()
    .regex(/^https?:\/\/\S+$/, "expected an address such as https://push.example/…")
    .optional(),
  body: z.string().min(1).optional().describe("Template of what is sent, with {{ title }} and {{ message }}."),
  form: z.enum(ALERT_FORMS).optional().describe("Receiver whose form it has, such as ntfy; body goes before it."),
  comment: comment(512).optional().describe("One line for people."),
});

const SECRET = "address";
const OTHER =
  "Another name is another target: declare a second one, and take the first out once messages reach the second";

/**
 * A webhook to which a product sends messages. Its address is kept among the product's secrets and is never shown again; PBS wants
 * to see scheme and host in the clear.
 */
export function notificationTarget(sender: Sender): SiteObject {
  return {
    token: `resilience:${sender}:NotificationTarget`,
    description: `A webhook to which ${SENDER_NAMES[sender]} sends messages. Its address is a secret, there too.`,
    inputs: INPUTS,
    extraOutputs: {},
    secrets: ["address"],
    unreadable: ["address"],
    identity: ["name"],
    fixed: { name: OTHER },
    meanings: { name: trimmed, address: trimmed, body: trimmed, form: orElse("text"), comment: trimmed },
    idOf: ({ name }) => String(name),
    identityOf: (id) => ({ name: id }),
    look: (site, identity) => look(site, sender, identity),
    weakenings: () => Promise.resolve([]),
    async create(site, wanted) {
      await senderOf(site, sender).createWebhook(text(wanted, "name"), settings(sender, wanted));
      return {};
    },
    async update(site, wanted) {
      const unset = [
        ...(text(wanted, "comment") === "" ? ["comment"] : []),
        ...(headersOf(wanted).length === 0 ? ["header"] : []),
      ];
      await senderOf(site, sender).updateWebhook(text(wanted, "name"), settings(sender, wanted), unset);
      return {};
    },
    async remove(site, living) {
      await senderOf(site, sender).removeWebhook(text(living, "name"));
    },
    // One that was there may send anywhere: no read shows where, so the address is written again.
    async settle(site, wanted) {
      if (text(wanted, "address") === "") return;
      await senderOf(site, sender).updateWebhook(text(wanted, "name"), placeOf(sender, text(wanted, "address")));
    },
  };
}

async function look(site: Site, sender: Sender, identity: Fields): Promise<Fields | undefined> {
  const name = text(identity, "name");
  const found = (await senderOf(site, sender).webhooks()).find((one) => one.name === name);
  if (found === undefined) {
    await demandSightOfMessages(site, sender);
    return undefined;
  }
  const body = found.body === undefined ? undefined : Buffer.from(found.body, "base64").toString("utf8");
  const form = ALERT_FORMS.find((one) => {
    const { body: template } = ALERT_TEMPLATES[one];
    return template === body && isDeepStrictEqual(headersOf({ form: one }), [...(found.header ?? [])].sort());
  });
  return given({ name, ...(form === undefined ? { body } : { form }), comment: found.comment });
}

/** Headers as the products write them. */
function headersOf({ form, body }: Fields): string[] {
  const { headers } =
    ALERT_TEMPLATES[body === undefined ? (ALERT_FORMS.find((one) => one === form) ?? "text") : "text"];
  return Object.entries(headers)
    .map(([name, value]) => `name=${name},value=${base64(value)}`)
    .sort();
}

function settings(sender: Sender, wanted: Fields) {
  const { address, form = "text", body = ALERT_TEMPLATES[form].body, comment: words } = INPUTS.parse(wanted);
  const headers = headersOf(wanted);
  return {
    url: `{{ secrets.${SECRET} }}`,
    method: "post",
    body: base64(body),
    ...(headers.length > 0 && { header: { each: headers } }),
    ...(address !== undefined && placeOf(sender, address)),
    ...(words !== undefined && { comment: words }),
  };
}

/** What the product is told: what is secret of the address stands among the secrets, and the URL only names it. */
function placeOf(sender: Sender, address: string) {
  const [, origin = "", path = ""] = /^(https?:\/\/[^/?#]+)\/?(.*)$/.exec(address) ?? [];
  const [url, secret] =
    sender === "pve" ? [`{{ secrets.${SECRET} }}`, address] : [`${origin}/{{ secrets.${SECRET} }}`, path];
  return { url, secret: { each: [`name=${SECRET},value=${base64(secret)}`] } };
}

function base64(value: string): string {
  return Buffer.from(value, "utf8").toString("base64");
}
