import { columnList, CommandFailure, parseCommandLine, usageFailure } from "./command-line";
import { withPool, type ZfsContext } from "./node-zfs";
import { checkPoolProperty, poolProperty, poolPropertyName, POOL_PROPERTIES } from "./pool-property";
import { printScripted, printTable } from "./table";
import { jsonOutput, namedPool, namedPools } from "./zpool-selection";

const GET_USAGE = `get [-Hp] [-j [--json-int, --json-pool-key-guid]] ...
\t    [-o "all" | field[,...]] <"all" | property[,...]> <pool> ...`;
const SET_USAGE = `set <property=value> <pool>\n\tset <vdev_property=value> <pool> <vdev>`;
const FIELDS = ["name", "property", "value", "source"];

/** `zpool get`: zpool-get(8). */
export function zpoolGet(argv: readonly string[], context: ZfsContext): string {
  const long = { json: "j", "json-int": "int", "json-pool-key-guid": "guid" };
  const line = parseCommandLine(argv, { flags: "Hpj", values: "o", long, usage: GET_USAGE });
  const [list, ...names] = line.operands;
  if (list === undefined) throw usageFailure("missing property argument", GET_USAGE);
  const fields = readFields(line.all("o"));
  const properties = readProperties(list);
  const zfs = context.read();
  const pools = namedPools(zfs, names);
  const values = pools.flatMap((pool) =>
    properties.map((property) => ({ name: pool.name, property, ...poolProperty(zfs, pool, property) })),
  );
  if (line.has("j")) return getJson(values);
  const rows = values.map(({ exact, text, ...row }) => {
    const cells: Record<string, string> = { ...row, value: line.has("p") ? exact : text };
    return fields.map((field) => cells[field] ?? "");
  });
  const columns = fields.map((field) => ({ heading: field.toUpperCase(), align: "left" }) as const);
  return line.has("H") ? printScripted(rows) : printTable(columns, rows);
}

function readFields(given: readonly string[]): string[] {
  const fields = columnList(given) ?? ["all"];
  if (fields.join() === "all") return FIELDS;
  const unknown = fields.find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw usageFailure(`invalid column name '${unknown}'`, GET_USAGE);
  return fields;
}

function readProperties(list: string): string[] {
  if (list === "all") return [...POOL_PROPERTIES];
  return list.split(",").map((name) => {
    const full = poolPropertyName(name);
    if (full === undefined) throw usageFailure(`bad property list: invalid property '${name}'`, GET_USAGE);
    return full;
  });
}

function getJson(values: readonly { name: string; property: string; exact: string; source: string }[]): string {
  const pools: Record<string, { name: string; type: string; properties: Record<string, unknown> }> = {};
  for (const { name, property, exact, source } of values) {
    const pool = (pools[name] ??= { name, type: "POOL", properties: {} });
    const type = { "-": "NONE", default: "DEFAULT", local: "LOCAL" }[source];
    pool.properties[property] = { value: exact, source: { type, data: "-" } };
  }
  return jsonOutput("zpool get", pools);
}

/** `zpool set`: zpool-set(8). */
export function zpoolSet(argv: readonly string[], context: ZfsContext): string {
  const [assignment, name, ...more] = parseCommandLine(argv, { flags: "", usage: SET_USAGE }).operands;
  if (assignment?.includes("=") !== true) throw usageFailure("missing property=value argument", SET_USAGE);
  if (name === undefined) throw usageFailure("missing pool name", SET_USAGE);
  if (more.length > 0) throw new CommandFailure("the lab's zpool sets no vdev properties");
  const equals = assignment.indexOf("=");
  const [property, value] = [assignment.slice(0, equals), assignment.slice(equals + 1)];
  const zfs = context.read();
  const pool = namedPool(zfs, name);
  checkPoolProperty(`cannot set property for '${name}'`, property, value);
  context.write(withPool(zfs, { ...pool, properties: { ...pool.properties, [property]: value } }));
  return "";
}
