import * as z from "zod";

import { given, text, trimmed, unordered, type Fields } from "./fields";
import { comment, identifier } from "./input-text";
import { demandSightOfMessages, SENDER_NAMES, senderOf, type Sender } from "./notification-sender";
import { type Site } from "./site";
import { type SiteObject } from "./site-object";

const SEVERITIES = ["info", "notice", "warning", "error", "unknown"] as const;

const INPUTS = z.strictObject({
  name: identifier("pveId").describe("Name of the rule in PVE. **Cannot be changed.**"),
  targets: z.array(identifier("pveId")).min(1).describe("Targets that get what it takes."),
  severities: z.array(z.enum(SEVERITIES)).optional().describe("Severities that it takes; all by default."),
  fields: z
    .array(z.string().regex(/^(?:exact|regex):[^=]+=.+$/))
    .optional()
    .describe("Fields, as `exact:type=vzdump`."),
  comment: comment(512).optional().describe("One line for people."),
});

const OTHER = "Another name is another rule: declare a second one, and take the first out of the program";

/** A rule of a product for which messages go to which targets. */
export function notificationMatcher(sender: Sender): SiteObject {
  return {
    token: `resilience:${sender}:NotificationMatcher`,
    description: `A rule of ${SENDER_NAMES[sender]} for which messages go to which targets.`,
    inputs: INPUTS,
    extraOutputs: {},
    secrets: [],
    unreadable: [],
    identity: ["name"],
    fixed: { name: OTHER },
    meanings: { name: trimmed, targets: unordered, severities: unordered, fields: unordered, comment: trimmed },
    idOf: ({ name }) => String(name),
    identityOf: (id) => ({ name: id }),
    look: (site, identity) => look(site, sender, identity),
    weakenings: () => Promise.resolve([]),
    async create(site, wanted) {
      await senderOf(site, sender).createMatcher(text(wanted, "name"), settings(wanted));
      return {};
    },
    async update(site, wanted) {
      const unset = Object.entries(NAMES).filter(([field]) => wanted[field] === undefined);
      await senderOf(site, sender).updateMatcher(
        text(wanted, "name"),
        settings(wanted),
        unset.map(([, name]) => name),
      );
      return {};
    },
    async remove(site, living) {
      await senderOf(site, sender).removeMatcher(text(living, "name"));
    },
  };
}

/** Fields that may be left out, in PVE's own names. */
const NAMES = { severities: "match-severity", fields: "match-field", comment: "comment" } as const;

async function look(site: Site, sender: Sender, identity: Fields): Promise<Fields | undefined> {
  const name = text(identity, "name");
  const found = (await senderOf(site, sender).matchers()).find((one) => one.name === name);
  if (found === undefined) {
    await demandSightOfMessages(site, sender);
    return undefined;
  }
  const severities = found["match-severity"]?.flatMap((list) => list.split(","));
  return given({ name, targets: found.target, severities, fields: found["match-field"], comment: found.comment });
}

function settings(wanted: Fields) {
  const { targets, severities, fields, comment: words } = INPUTS.parse(wanted);
  return {
    mode: "all",
    target: { each: targets },
    // One entry takes any of its severities; two entries would have to hold both.
    ...(severities !== undefined && { "match-severity": { each: [severities.join(",")] } }),
    ...(fields !== undefined && { "match-field": { each: fields } }),
    ...(words !== undefined && { comment: words }),
  };
}
