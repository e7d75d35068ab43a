import { AT_CREATION, FOR_FILESYSTEMS, MEASURED, NOT_INHERITED, SETTABLE, SIZES } from "./dataset-property-rules";
import { poolAllocated, poolSize, type Dataset, type NodeZfs, type Pool } from "./node-zfs";
import { type PropertyValue } from "./pool-property";
import { parseSize, sizeText } from "./size-text";

/** Every native property, for `zfs get all`. */
export function datasetProperties({ type, properties }: Dataset): string[] {
  const native = [...MEASURED, ...Object.keys(SETTABLE), ...Object.keys(AT_CREATION)].filter((name) =>
    applies(type, name),
  );
  const own = Object.keys(properties).filter((name) => name.includes(":"));
  return [...(type === "volume" ? ["volsize"] : []), ...native, ...own];
}

function applies(type: Dataset["type"], name: string): boolean {
  return type === "volume" ? !FOR_FILESYSTEMS.includes(name) && name !== "mounted" : name !== "volblocksize";
}

/** Value of one property of a dataset, with where it comes from. */
export function datasetProperty(zfs: NodeZfs, pool: Pool, dataset: Dataset, name: string): PropertyValue {
  if (name === "name") return { exact: dataset.name, text: dataset.name, source: "-" };
  if (MEASURED.includes(name)) return measuredValue(zfs, pool, dataset, name);
  if (!name.includes(":") && !applies(dataset.type, name)) return { exact: "-", text: "-", source: "-" };
  if (name === "mountpoint") return mountpoint(pool, dataset);
  return inherited(pool, dataset, name) ?? fallback(name);
}

function fallback(name: string): PropertyValue {
  const value = SETTABLE[name] ?? AT_CREATION[name] ?? "-";
  const source = name in SETTABLE ? "default" : "-";
  return { ...sized(name, value), source };
}

/** Own value, or that of the nearest ancestor that has one. */
function inherited(pool: Pool, dataset: Dataset, name: string): PropertyValue | undefined {
  const own = dataset.properties[name];
  const once = name in AT_CREATION || name === "volsize";
  if (own !== undefined) return { ...sized(name, own), source: once ? "-" : "local" };
  if (NOT_INHERITED.includes(name)) return undefined;
  const above = ancestors(pool, dataset).find(({ properties }) => name in properties);
  const value = above?.properties[name];
  return above === undefined || value === undefined
    ? undefined
    : { ...sized(name, value), source: `inherited from ${above.name}` };
}

function ancestors({ datasets }: Pool, { name }: Dataset): Dataset[] {
  const above = datasets.filter((other) => name.startsWith(`${other.name}/`));
  return above.sort((one, other) => other.name.length - one.name.length);
}

function mountpoint(pool: Pool, dataset: Dataset): PropertyValue {
  const line = [dataset, ...ancestors(pool, dataset)];
  const base = line.find(({ properties }) => "mountpoint" in properties);
  const root = base?.properties["mountpoint"];
  if (base === undefined || root === undefined)
    return { exact: `/${dataset.name}`, text: `/${dataset.name}`, source: "default" };
  const path = root.startsWith("/") ? root.replace(/\/$/, "") + dataset.name.slice(base.name.length) : root;
  return { exact: path, text: path, source: base === dataset ? "local" : `inherited from ${base.name}` };
}

function sized(name: string, value: string): { exact: string; text: string } {
  if (!SIZES.includes(name)) return { exact: value, text: value };
  const bytes = parseSize(value);
  return bytes === undefined
    ? { exact: value === "none" ? "0" : value, text: value }
    : { exact: String(bytes), text: sizeText(bytes) };
}

function measuredValue(zfs: NodeZfs, pool: Pool, dataset: Dataset, name: string): PropertyValue {
  const below = pool.datasets.filter((other) => other.name.startsWith(`${dataset.name}/`));
  const children = below.reduce((sum, { used }) => sum + used, 0);
  const values: Record<string, () => { exact: string; text: string }> = {
    type: () => plain(dataset.type),
    creation: () => ({ exact: String(dataset.created), text: new Date(dataset.created * 1000).toUTCString() }),
    used: () => bytes(dataset.used + children),
    available: () => bytes(usableSize(zfs, pool) - poolAllocated(pool)),
    referenced: () => bytes(dataset.used),
    usedbydataset: () => bytes(dataset.used),
    usedbychildren: () => bytes(children),
    mounted: () => plain(isMounted(pool, dataset) ? "yes" : "no"),
    guid: () => plain(dataset.guid),
    version: () => plain("5"),
    compressratio: () => ({ exact: "1.00", text: "1.00x" }),
    refcompressratio: () => ({ exact: "1.00", text: "1.00x" }),
  };
  return { ...(values[name]?.() ?? bytes(0)), source: "-" };
}

function isMounted(pool: Pool, dataset: Dataset): boolean {
  return dataset.properties["canmount"] !== "off" && mountpoint(pool, dataset).exact.startsWith("/");
}

/** Raw bytes less parity and the share of 1/32 that ZFS keeps back. OpenZFS: zfs(4), spa_slop_shift. */
function usableSize(zfs: NodeZfs, pool: Pool): number {
  const [vdev] = pool.vdevs;
  const parity = vdev?.type.startsWith("raidz") === true ? Number(vdev.type.slice("raidz".length)) : 0;
  const share = vdev === undefined ? 1 : (vdev.disks.length - parity) / vdev.disks.length;
  return Math.floor(poolSize(zfs, pool) * (parity === 0 ? 1 : share) * (31 / 32));
}

function plain(value: string) {
  return { exact: value, text: value };
}

function bytes(count: number) {
  return { exact: String(count), text: sizeText(count) };
}
