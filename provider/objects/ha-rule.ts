import * as z from "zod";

import { isGuestId } from "../../estate/units/guest-id";
import { HaClient, type HaRule } from "../clients/ha-client";
import { given, orElse, plain, text, trimmed, unordered, withoutUnsaid, type Fields, type Meaning } from "./fields";
import { comment, identifier } from "./input-text";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  rule: identifier("pveId").describe("Name of the rule. **Cannot be changed.**"),
  guests: z
    .array(z.string().refine(isGuestId, { error: 'expected a guest such as "vm:101"' }))
    .min(1)
    .describe("Guests that it is about; HA has to watch them, and each may be in one such rule only."),
  nodes: z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]*(?::\d{1,4})?$/, 'expected a node such as "tappaas1:2"'))
    .min(1)
    .describe("Nodes on which they may run, each with its priority, `tappaas1:2`; the highest is preferred."),
  strict: z.boolean().optional().describe("Whether they may run nowhere else; false by default."),
  enabled: z.boolean().optional().describe("Whether it counts; true by default."),
  comment: comment(4096).optional().describe("One line for people; the one that is there stays by default."),
});

/** Nodes without regard to order; a priority of 0 need not be written. */
const nodesMean: Meaning = (value) =>
  unordered(Array.isArray(value) ? value.map((node) => String(node).replace(/:0$/, "")) : value);

/** A node affinity rule of PVE 9: on which nodes guests run, best first. */
export const haRule: SiteObject = {
  token: "resilience:pve:HaRule",
  description: "A node affinity rule of PVE's high availability: on which nodes guests may run, and on which first.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  unreadable: [],
  identity: ["rule"],
  fixed: { rule: "Another name is another rule, and a guest may be in one only: remove the other in PVE first" },
  meanings: {
    rule: plain,
    guests: unordered,
    nodes: nodesMean,
    strict: orElse(false),
    enabled: orElse(true),
    comment: trimmed,
  },
  idOf: ({ rule }) => String(rule),
  identityOf: (id) => ({ rule: id }),
  look,
  weakenings: () => Promise.resolve([]),
  async create(site, wanted) {
    await clientOf(site).createRule(text(wanted, "rule"), given(parameters(wanted)));
    return {};
  },
  async update(site, wanted) {
    await clientOf(site).updateRule(text(wanted, "rule"), given(parameters(wanted)));
    return {};
  },
  async remove(site, living) {
    await clientOf(site).removeRule(text(living, "rule"));
  },
};

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const found = (await clientOf(site).rules()).find(({ rule }) => rule === identity["rule"]);
  if (found === undefined) {
    await demandSight(site.pve(), "/", "Sys.Audit");
    return undefined;
  }
  return withoutUnsaid(fieldsOf(found), identity, ["comment"]);
}

function fieldsOf({ rule, type, resources = "", nodes = "", strict, disable, comment: words }: HaRule): Fields {
  const guests = resources.split(",").filter(Boolean);
  const common = { rule, guests, strict, enabled: disable === true ? false : undefined, comment: words };
  // A rule of another type under this name never equals one of this type.
  return given({ ...common, nodes: type === "node-affinity" ? nodes.split(",").filter(Boolean) : `a ${type} rule` });
}

function parameters(wanted: Fields) {
  const { guests, nodes, strict = false, enabled = true, comment: words } = INPUTS.parse(wanted);
  const about = { type: "node-affinity", resources: [...guests].sort(), nodes: [...nodes].sort() };
  return { ...about, strict, disable: !enabled, comment: words };
}

function clientOf(site: Site): HaClient {
  return new HaClient(site.pve());
}
