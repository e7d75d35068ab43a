import * as z from "zod";

import { given, text, trimmed, unordered, type Fields } from "./fields";
import { comment, identifier } from "./input-text";
import { demandSight, type Site } from "./site";
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

/** A rule of PVE for which messages go to which targets. */
export const notificationMatcher: SiteObject = {
  token: "resilience:pve:NotificationMatcher",
  description: "A rule of Proxmox VE for which messages go to which targets.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  unreadable: [],
  identity: ["name"],
  fixed: { name: OTHER },
  meanings: { name: trimmed, targets: unordered, severities: unordered, fields: unordered, comment: trimmed },
  idOf: ({ name }) => String(name),
  identityOf: (id) => ({ name: id }),
  look,
  weakenings: () => Promise.resolve([]),
  async create(site, wanted) {
    await site.pve().createMatcher(text(wanted, "name"), settings(wanted));
    return {};
  },
  async update(site, wanted) {
    const unset = Object.entries(NAMES).filter(([field]) => wanted[field] === undefined);
    await site.pve().updateMatcher(
      text(wanted, "name"),
      settings(wanted),
      unset.map(([, name]) => name),
    );
    return {};
  },
  async remove(site, living) {
    await site.pve().removeMatcher(text(living, "name"));
  },
};

/** Fields that may be left out, in PVE's own names. */
const NAMES = { severities: "match-severity", fields: "match-field", comment: "comment" } as const;

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const name = text(identity, "name");
  const found = (await site.pve().matchers()).find((one) => one.name === name);
  if (found === undefined) {
    await demandSight(site.pve(), "/mapping/notifications", "Mapping.Audit");
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
