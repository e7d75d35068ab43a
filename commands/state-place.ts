import { readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A file system of this machine and where it comes from. */
export interface Mount {
  /** Folder at which it stands. */
  readonly point: string;
  /** Device, or machine and path: `/dev/sda1`, `10.0.0.10:/tank`, `//nas/share`. */
  readonly source: string;
}

/** This machine, as far as it matters to where state lies. */
export interface Machine {
  /** Its name, without domain. */
  readonly name: string;
  /** What is mounted on it. */
  readonly mounts: readonly Mount[];
}

/** What a stack protects, by the names and addresses of machines. */
export interface ProtectedMachines {
  /** Names and addresses of nodes and backup servers. */
  readonly hosts: readonly string[];
  /** Names of guests. */
  readonly guests: readonly string[];
}

/** This machine, looked at now. */
export function thisMachine(): Machine {
  return { name: shortName(hostname()), mounts: mountsOf(readMounts()) };
}

/**
 * Why state does not belong there: it would be gone together with what it is needed to rebuild. Undefined when nothing is known
 * against the place. What cannot be told: a disk or a cloud that stands in the same house.
 */
export function statePlaceProblem(place: string, site: ProtectedMachines, machine: Machine): string | undefined {
  const names = [...site.hosts, ...site.guests].map(shortName);
  const protects = (host: string | undefined) => host !== undefined && names.includes(shortName(host));
  if (!place.startsWith("file:")) {
    const host = hostsIn(place).find(protects);
    return host === undefined ? undefined : `${place} is on ${host}, which this stack protects`;
  }
  const path = pathOf(place);
  const mount = mountOf(path, machine.mounts);
  const from = mount === undefined ? undefined : remoteHost(mount.source);
  if (protects(from)) return `${path} comes from ${from ?? ""}, which this stack protects`;
  if (from !== undefined || !site.guests.map(shortName).includes(machine.name)) return undefined;
  return `${path} is on this machine, and this machine is the guest ${machine.name}, which this stack protects`;
}

/** Folder in which the engine keeps state and locks; undefined where its backend is none. */
export function backendFolder(backend: string | undefined): string | undefined {
  return backend?.startsWith("file://") === true ? join(fileURLToPath(backend), ".pulumi") : undefined;
}

/** Folder of a `file:` place. */
export function pathOf(place: string): string {
  return resolve(decodeURI(place.replace(/^file:\/\//, "")).replace(/^~(?=\/|$)/, homedir()));
}

/** Mounts in the form of /proc/mounts. */
export function mountsOf(table: string): Mount[] {
  const rows = table.split("\n").map((line) => line.split(" "));
  return rows.flatMap(([source, point]) => (source === undefined || point === undefined ? [] : [{ source, point }]));
}

function readMounts(): string {
  try {
    return readFileSync("/proc/mounts", "utf8");
  } catch {
    // Not every system has that table: then nothing is known of its mounts.
    return "";
  }
}

function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const above = mounts.filter(({ point }) => path === point || path.startsWith(point === "/" ? "/" : `${point}/`));
  return above.sort((one, other) => other.point.length - one.point.length)[0];
}

/** Machine of an NFS, SMB or SSH mount. */
function remoteHost(source: string): string | undefined {
  return /^\/\/([^/]+)\//.exec(source)?.[1] ?? /^(?:[^@/:]+@)?\[?([^/\]]+?)\]?:\//.exec(source)?.[1];
}

/** The place's own host, and that of an S3 endpoint. */
function hostsIn(place: string): string[] {
  const url = new URL(place);
  const endpoint = url.searchParams.get("endpoint");
  const other = endpoint === null ? [] : [endpoint.replace(/^https?:\/\//, "").replace(/[:/].*$/, "")];
  return [url.hostname, ...other];
}

/** A name without its domain; an address as it is. */
function shortName(host: string): string {
  return /^[\d.]+$|:/.test(host) ? host : (host.split(".")[0] ?? host).toLowerCase();
}
