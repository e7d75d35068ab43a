import * as z from "zod";

import { given, text, trimmed, type Fields } from "./fields";
import { comment, identifier } from "./input-text";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  name: identifier("pveId").describe("Name of the target in PVE. **Cannot be changed.**"),
  address: z
    .string()
    .regex(/^https?:\/\/\S+$/, "expected an address such as https://push.example/…")
    .optional(),
  body: z.string().min(1).optional().describe("Template of what is sent, with {{ title }} and {{ message }}."),
  comment: comment(512).optional().describe("One line for people."),
});

const USUAL_BODY = "{{ title }}\n{{ message }}";
const SECRET = "address";
const OTHER =
  "Another name is another target: declare a second one, and take the first out once messages reach the second";

/** A webhook to which PVE sends messages. Its address is kept among PVE's secrets and is never shown again. */
export const notificationTarget: SiteObject = {
  token: "resilience:pve:NotificationTarget",
  description: "A webhook to which Proxmox VE sends messages. Its address is a secret, of PVE's too.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: ["address"],
  unreadable: ["address"],
  identity: ["name"],
  fixed: { name: OTHER },
  meanings: { name: trimmed, address: trimmed, body: trimmed, comment: trimmed },
  idOf: ({ name }) => String(name),
  identityOf: (id) => ({ name: id }),
  look,
  weakenings: () => Promise.resolve([]),
  async create(site, wanted) {
    await site.pve().createWebhook(text(wanted, "name"), settings(wanted));
    return {};
  },
  async update(site, wanted) {
    const unset = text(wanted, "comment") === "" ? ["comment"] : [];
    await site.pve().updateWebhook(text(wanted, "name"), settings(wanted), unset);
    return {};
  },
  async remove(site, living) {
    await site.pve().removeWebhook(text(living, "name"));
  },
};

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const name = text(identity, "name");
  const found = (await site.pve().webhooks()).find((one) => one.name === name);
  if (found === undefined) {
    await demandSight(site.pve(), "/mapping/notifications", "Mapping.Audit");
    return undefined;
  }
  const body = found.body === undefined ? undefined : Buffer.from(found.body, "base64").toString("utf8");
  return given({ name, body: body === USUAL_BODY ? undefined : body, comment: found.comment });
}

/** What PVE is told: the address stands among the secrets, and the URL only names it. */
function settings(wanted: Fields) {
  const { address, body = USUAL_BODY, comment: words } = INPUTS.parse(wanted);
  return {
    url: `{{ secrets.${SECRET} }}`,
    method: "post",
    body: base64(body),
    ...(address !== undefined && { secret: { each: [`name=${SECRET},value=${base64(address)}`] } }),
    ...(words !== undefined && { comment: words }),
  };
}

function base64(value: string): string {
  return Buffer.from(value, "utf8").toString("base64");
}
