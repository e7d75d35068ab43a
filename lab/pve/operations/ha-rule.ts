import { digestOf } from "../digest";
import { splitList } from "../formats";
import { type HaRule, resourcesOf, ruleProblem } from "../high-availability";
import { type Call, type Operation } from "../operation";
import * as parameters from "../parameters/high-availability";
import { impossible, invalid } from "../refusal";
import { isBefore, versionsOf } from "../../core/versions";

const AUDIT = { check: ["perm", "/", ["Sys.Audit"]] } as const;
const CONSOLE = { check: ["perm", "/", ["Sys.Console"]] } as const;
const RULE = "/cluster/ha/rules/{rule}";

/** Rules of HA. Texts: pve-ha-manager, PVE/API2/HA/Rules.pm; observed on PVE 9.2. */
export const HA_RULES: readonly Operation[] = [
  { name: "GET /cluster/ha/rules", parameters: parameters.LIST_RULES, permissions: AUDIT, handle: list },
  { name: "POST /cluster/ha/rules", parameters: parameters.CREATE_RULE, permissions: CONSOLE, handle: create },
  {
    name: `GET ${RULE}`,
    parameters: parameters.ONE_RULE,
    permissions: AUDIT,
    handle: (call) => shown(call, call.required("rule")),
  },
  { name: `PUT ${RULE}`, parameters: parameters.CHANGE_RULE, permissions: CONSOLE, handle: change },
  { name: `DELETE ${RULE}`, parameters: parameters.ONE_RULE, permissions: CONSOLE, handle: remove },
];

function list(call: Call): unknown[] {
  const [type, resource] = [call.text("type"), call.text("resource")];
  return Object.entries(call.cluster.ha.value.rules)
    .filter(([, rule]) => type === undefined || rule["type"] === type)
    .filter(([, rule]) => resource === undefined || resourcesOf(rule).includes(resource))
    .map(([name]) => shown(call, name));
}

function create(call: Call): void {
  const name = call.required("rule");
  const rule: HaRule = call.except("rule");
  const needed = rule["type"] === "node-affinity" ? "nodes" : "affinity";
  if (rule[needed] === undefined) throw invalid({ [needed]: "property is missing and it is not optional" });
  if (call.cluster.ha.value.rules[name] !== undefined) throw impossible(`HA rule '${name}' already exists`);
  write(call, name, rule);
}

function change(call: Call): void {
  const name = call.required("rule");
  const old = known(call, name);
  // Source: ha-manager 5.2.0, which 9.2 brings, its changelog.
  const { pve } = versionsOf(call.node.site.description);
  if (call.text("resources") === undefined && isBefore(pve, "9.2"))
    throw invalid({ resources: "property is missing and it is not optional" });
  if (old["type"] !== call.text("type")) throw invalid({ type: `rule '${name}' is of type '${old["type"] ?? ""}'` });
  const dropped = splitList(call.text("delete") ?? "");
  const kept = Object.entries(old).filter(([option]) => !dropped.includes(option));
  write(call, name, { ...Object.fromEntries(kept), ...call.except("rule", "delete", "digest") });
}

function write(call: Call, name: string, rule: HaRule): void {
  const problem = ruleProblem(call.cluster, name, rule);
  if (problem !== undefined) throw impossible(`Rule '${name}' is invalid.\n  ${problem}`);
  call.cluster.ha.change((ha) => (ha.rules[name] = rule));
}

function remove(call: Call): void {
  const name = call.required("rule");
  known(call, name);
  call.cluster.ha.change((ha) => Reflect.deleteProperty(ha.rules, name));
}

function known(call: Call, name: string): HaRule {
  const found = call.cluster.ha.value.rules[name];
  if (found === undefined) throw impossible(`no such ha rule '${name}'`);
  return found;
}

/** A rule that became wrong later is told with what is wrong, and is not removed. */
function shown(call: Call, name: string): object {
  const { rules } = call.cluster.ha.value;
  const { strict, disable, ...texts } = known(call, name);
  const problem = ruleProblem(call.cluster, name, known(call, name));
  return {
    rule: name,
    ...texts,
    ...(strict !== undefined && { strict: Number(strict) }),
    ...(disable !== undefined && { disable: Number(disable) }),
    order: Object.keys(rules).indexOf(name) + 1,
    digest: digestOf(rules),
    ...(problem !== undefined && { errors: { resources: [problem] } }),
  };
}
