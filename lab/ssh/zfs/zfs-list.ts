import { columnList, CommandFailure, parseCommandLine, usageFailure, type CommandLine } from "./command-line";
import { datasetProperties, datasetProperty } from "./dataset-property";
import { datasetPropertyName } from "./dataset-property-rules";
import { type Dataset, type NodeZfs, type ZfsContext } from "./node-zfs";
import { printScripted, printTable, type Column } from "./table";
import { poolOfDataset, selectDatasets, type Depth } from "./zfs-selection";

const LIST_USAGE = `list [-Hp] [-j [--json-int]] [-r|-d max] [-o property[,...]] [-s property]...
\t    [-S property]... [-t type[,...]] [filesystem|volume|snapshot] ...`;
const GET_USAGE = `get [-rHp] [-j [--json-int]] [-d max] [-o "all" | field[,...]]
\t    [-t type[,...]] [-s source[,...]]
\t    <"all" | property[,...]> [filesystem|volume|snapshot|bookmark] ...`;
const LIST_COLUMNS = ["name", "used", "available", "referenced", "mountpoint"];
const HEADINGS: Record<string, string> = { available: "AVAIL", referenced: "REFER", compression: "COMPRESS" };
const TEXT_COLUMNS = ["name", "mountpoint", "type", "creation"];
const GET_FIELDS = ["name", "property", "value", "source"];

/** `zfs list`: zfs-list(8). */
export function zfsList(argv: readonly string[], context: ZfsContext): string {
  const line = parseCommandLine(argv, { flags: "Hpr", values: "doSst", usage: LIST_USAGE });
  const columns = (columnList(line.all("o")) ?? LIST_COLUMNS).map((name) => propertyName(name, LIST_USAGE));
  const state = context.read();
  const datasets = chosen(state, line.operands, line);
  if (datasets.length === 0) return "";
  const rows = datasets.map((dataset) => columns.map((name) => cell(state, dataset, name, line)));
  return line.has("H") ? printScripted(rows) : printTable(columns.map(columnOf), rows);
}

function propertyName(name: string, usage: string): string {
  const full = datasetPropertyName(name);
  if (full === undefined) throw usageFailure(`bad property list: invalid property '${name}'`, usage);
  return full;
}

function columnOf(name: string): Column {
  return { heading: HEADINGS[name] ?? name.toUpperCase(), align: TEXT_COLUMNS.includes(name) ? "left" : "right" };
}

function cell(state: NodeZfs, dataset: Dataset, name: string, line: CommandLine): string {
  return datasetProperty(state, poolOfDataset(state, dataset), dataset, name)[line.has("p") ? "exact" : "text"];
}

function chosen(state: NodeZfs, names: readonly string[], line: CommandLine): Dataset[] {
  const types = columnList(line.all("t"));
  return selectDatasets(state, names, depthOf(line)).filter(({ type }) =>
    types === undefined ? type !== "snapshot" : types.includes("all") || types.includes(type),
  );
}

function depthOf(line: CommandLine): Depth {
  const [depth] = line.all("d");
  if (depth !== undefined && !/^\d+$/.test(depth)) throw new CommandFailure(`bad depth '${depth}'`);
  return { recursive: line.has("r"), ...(depth !== undefined && { depth: Number(depth) }) };
}

/** `zfs get`: zfs-get(8). */
export function zfsGet(argv: readonly string[], context: ZfsContext): string {
  const line = parseCommandLine(argv, { flags: "Hpr", values: "dost", usage: GET_USAGE });
  const [list, ...names] = line.operands;
  if (list === undefined) throw usageFailure("missing property argument", GET_USAGE);
  const asked = list === "all" ? undefined : list.split(",").map((name) => propertyName(name, GET_USAGE));
  const fields = readFields(line);
  const state = context.read();
  const rows = chosen(state, names, line).flatMap((dataset) => datasetRows(state, dataset, asked, fields, line));
  const columns = fields.map((field) => ({ heading: field.toUpperCase(), align: "left" }) as const);
  return line.has("H") ? printScripted(rows) : printTable(columns, rows);
}

function readFields(line: CommandLine): string[] {
  const fields = columnList(line.all("o")) ?? GET_FIELDS;
  if (fields.join() === "all") return GET_FIELDS;
  const unknown = fields.find((field) => !GET_FIELDS.includes(field));
  if (unknown !== undefined) throw usageFailure(`invalid column name '${unknown}'`, GET_USAGE);
  return fields;
}

function datasetRows(
  state: NodeZfs,
  dataset: Dataset,
  asked: readonly string[] | undefined,
  fields: readonly string[],
  line: CommandLine,
): string[][] {
  const sources = columnList(line.all("s"));
  const pool = poolOfDataset(state, dataset);
  return (asked ?? datasetProperties(dataset)).flatMap((property) => {
    const { exact, text, source } = datasetProperty(state, pool, dataset, property);
    const [kind = ""] = source.split(" ");
    if (sources !== undefined && !sources.includes(kind === "-" ? "none" : kind)) return [];
    const cells: Record<string, string> = { name: dataset.name, property, value: line.has("p") ? exact : text, source };
    return [fields.map((field) => cells[field] ?? "")];
  });
}
