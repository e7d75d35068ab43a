import { type GroupId, groupName } from "../store/snapshot-id";

/** Whether a sync takes a group: one of the filters that include has it, or there is none; and none that excludes has it. */
export function passes(filters: readonly string[], group: Pick<GroupId, "type" | "id">): boolean {
  const excluding = filters.filter((filter) => filter.startsWith("exclude:"));
  const including = filters.filter((filter) => !filter.startsWith("exclude:"));
  const included = including.length === 0 || including.some((filter) => names(filter.replace(/^include:/, ""), group));
  return included && !excluding.some((filter) => names(filter.replace(/^exclude:/, ""), group));
}

/** Why a text is no filter; undefined when it is one. */
export function filterFault(filter: string): string | undefined {
  const plain = filter.replace(/^(?:include|exclude):/, "");
  if (/^type:(?:vm|ct|host)$/.test(plain) || /^group:(?:vm|ct|host)\/[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(plain)) {
    return undefined;
  }
  if (!plain.startsWith("regex:")) return "must be group:<type>/<id>, type:<vm|ct|host> or regex:<expression>";
  try {
    new RegExp(plain.slice("regex:".length));
    return undefined;
  } catch {
    return "not a regular expression";
  }
}

function names(filter: string, group: Pick<GroupId, "type" | "id">): boolean {
  const name = groupName({ ns: "", ...group });
  if (filter.startsWith("group:")) return filter === `group:${name}`;
  if (filter.startsWith("type:")) return filter === `type:${group.type}`;
  return new RegExp(filter.slice("regex:".length)).test(name);
}
