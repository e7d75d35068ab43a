import { type CopySource } from "./copy-source-settings";
import { type VaultMachineSettings } from "./cloud-machine-settings";
import { type HeldCopy } from "./held-copies";
import { type LinkPlan } from "./link-settings";
import { type Parsed } from "./problem";
import { toBytes, type Size } from "./units/size";

/** A machine of AWS as it is to be. */
export interface VaultMachinePlan {
  /** Region. */
  readonly region: string;
  /** Zone in it. */
  readonly zone: string;
  /** Type of the machine. */
  readonly instanceType: string;
  /** Size of the disk of copies, whole GiB. */
  readonly disk: Size;
  /** Public key of who logs in. */
  readonly publicKey: string;
  /** UDP ports at which links are dialled. */
  readonly dialled: readonly number[];
  /** IPv4 addresses from which the backup server is reached. */
  readonly letIn: readonly string[];
  /** Access key of who makes it; undefined where AWS' own tools know the login. */
  readonly accessKey: string | undefined;
  /** Address that stands in for AWS; undefined for AWS itself. */
  readonly api: string | undefined;
}

/** What is to lie on a machine. */
interface KeptCopies {
  readonly sources: readonly CopySource[];
  readonly holds: readonly HeldCopy[];
}

/** ZFS becomes slow when a pool is almost full. Source: OpenZFS' manual, "Workload Tuning", free space. */
const FULLEST = 0.8;
const GIB = 1024 ** 3;

/** The machine that follows from the settings: its disk is as large as the quotas of all sources need, unless it is said. */
export function vaultMachineOf(
  settings: VaultMachineSettings,
  kept: KeptCopies,
  links: readonly LinkPlan[],
): Parsed<VaultMachinePlan> {
  const { region, zone = `${region}a`, instanceType, publicKey, accessKey, api, letIn } = settings;
  const disk = settings.disk ?? diskOf(kept);
  if (disk === undefined) {
    const expected = "a size such as 2 TiB, for not every source has a quota from which it follows";
    const cure = "write machine.disk, or into.quota of each source";
    return { ok: false, problems: [{ path: "machine.disk", expected, cure }] };
  }
  const dialled = links.flatMap(({ listenPort }) => (listenPort === undefined ? [] : [listenPort]));
  return { ok: true, value: { region, zone, instanceType, disk, publicKey, dialled, letIn, accessKey, api } };
}

/** Room for the cache of a bucket. Source: PBS' manual, "Datastores with S3 Backend", 64 to 128 GiB. */
const CACHE: Size = "128 GiB";

/** Room for all quotas and caches, and for what ZFS wants free; undefined when a source has none. */
function diskOf({ sources, holds }: KeptCopies): Size | undefined {
  const fetched = sources.map(({ into }) => (into.bucket === undefined ? into.quota : CACHE));
  const quotas = [...fetched, ...holds.map(() => CACHE)];
  if (quotas.some((quota) => quota === undefined)) return undefined;
  const bytes = quotas.reduce((sum, quota) => sum + (quota === undefined ? 0 : toBytes(quota)), 0);
  return `${Math.ceil(bytes / FULLEST / GIB)} GiB`;
}
