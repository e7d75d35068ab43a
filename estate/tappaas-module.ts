import * as z from "zod";

import { wishFields } from "./backup-wish";
import { type ProxyWish } from "./guest";
import { type Parsed, type Problem, shown } from "./problem";
import { expecting, identifier, parse, plainText, scheduleText, text } from "./schema";
import { isVmid } from "./units/guest-id";
import { sizeFromTappaas } from "./units/size";

/** A whole number that modules write as a number or as text: `4096` and `"4096"` both occur upstream. */
function wholeNumber(accepts: (value: number) => boolean, expected: string) {
  const number = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)], expecting(expected));
  return number.refine((value) => Number.isInteger(value) && accepts(value), expecting(expected));
}

const nodeOrNull = identifier("node").nullable().optional();
const services = z
  .array(text((name) => /^[\w.-]+(?::[\w.-]+)?$/.test(name), 'a service such as "backup:vm"'))
  .default([]);

/**
 * The fields of a module that this library uses; they are checked strictly. Every other key is let through: the files
 * belong to TAPPaaS, which has over forty more and adds some in every release, and refusing one would stop the backups of a
 * site over a field that says nothing about them.
 * @see TAPPaaS: src/foundation/module-fields.json
 */
const moduleSchema = z.looseObject({
  vmname: plainText.optional(),
  vmid: wholeNumber(isVmid, "a VMID from 100 to 999999999").optional(),
  vmtag: z.string().default(""),
  node: nodeOrNull,
  HANode: nodeOrNull,
  replicationSchedule: scheduleText.default("*/15"),
  cores: wholeNumber((cores) => cores > 0, "cores as a whole number").default(2),
  memory: wholeNumber((megabytes) => megabytes > 0, "memory in MiB as a whole number").default(4096),
  diskSize: text((size) => /^[1-9]\d*[KMGT]$/.test(size), 'a disk size such as "32G"').default("8G"),
  storage: identifier("storage").default("tanka1"),
  zone0: plainText.default("mgmt"),
  imageType: z.string().optional(),
  variant: z.string().optional(),
  dependsOn: services,
  pbsStorageName: identifier("pbsId").default("tappaas_backup"),
  alwaysBackup: z.array(plainText).default([]),
  environment: z.string().optional(),
  proxyPort: wholeNumber((port) => port > 0 && port < 65_536, "a port from 1 to 65535").optional(),
  proxyDomain: identifier("address").optional(),
  proxyAllowedZones: z.array(plainText).optional(),
  proxyUpstreamTls: z.boolean().optional(),
  backup: z.looseObject({ enabled: z.boolean().default(true), ...wishFields }).optional(),
});

/** One TAPPaaS module, flattened, with upstream's defaults filled in. */
export type TappaasModule = z.infer<typeof moduleSchema> & {
  /** Name of the module: that of its file. */
  readonly name: string;
  /** File that holds it, for errors. */
  readonly file: string;
  /** Keys that the file itself sets, before defaults. */
  readonly given: ReadonlySet<string>;
};

/** Reads a module's JSON in either form: flat, or with the fields of each service under `config."<module>:<service>"`. */
export function parseModule(input: unknown, name: string, file: string): Parsed<TappaasModule> {
  const { flat, problems } = flattened(input, file);
  const parsed = parse(moduleSchema, flat, file);
  if (!parsed.ok) return { ok: false, problems: [...problems, ...parsed.problems] };
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: { ...parsed.value, name, file, given: new Set(Object.keys(flat as object)) } };
}

/** Whether the module runs as a guest of its own: not so for what is installed on a node, such as the backup server. */
export function isGuestModule({ vmid, imageType, dependsOn }: TappaasModule): boolean {
  const asksForOne = dependsOn.includes("cluster:vm") || dependsOn.includes("cluster:lxc");
  return imageType !== "apt" && (vmid !== undefined || asksForOne);
}

/** How the module is to be published; undefined when it does not ask for that. The name is TAPPaaS' own, `<vmname>.<domain>`. */
export function proxyOf(module: TappaasModule, domain: string | undefined): ProxyWish | undefined {
  const { dependsOn, vmname = module.name, proxyPort, proxyDomain, proxyAllowedZones = [], proxyUpstreamTls } = module;
  if (!dependsOn.some((service) => PROXY.has(service))) return undefined;
  const name = proxyDomain ?? (domain === undefined ? undefined : `${vmname}.${domain}`);
  const internet = proxyAllowedZones.includes("internet");
  return { port: proxyPort, name: name?.toLowerCase(), internet, tls: proxyUpstreamTls ?? false };
}

/** The reverse proxy, under its name of before and of today. */
const PROXY: ReadonlySet<string> = new Set(["firewall:proxy", "network:proxy"]);

/** Size of the first disk in our own form. */
export function diskOf({ diskSize }: TappaasModule) {
  return sizeFromTappaas(diskSize);
}

/** Fields that are read here, by the service they belong to; another module's service may use the same key for something else. */
function isRead(service: string, key: string): boolean {
  return /^(?:cluster|backup):/.test(service) || (PROXY.has(service) && key.startsWith("proxy"));
}

/** One flat object, and what two places say differently of one field. */
function flattened(input: unknown, file: string): { flat: unknown; problems: Problem[] } {
  if (!isRecord(input) || input["config"] === undefined) return { flat: input, problems: [] };
  const { config, ...flat } = input;
  if (!isRecord(config)) {
    const problem = { path: `${file}: config`, expected: "an object", got: shown(config), cure: "correct it" };
    return { flat, problems: [problem] };
  }
  const problems: Problem[] = [];
  for (const [service, fields] of Object.entries(config)) {
    for (const [key, value] of Object.entries(isRecord(fields) ? fields : {})) {
      if (!isRead(service, key)) continue;
      if (isTwofold(flat[key], value)) problems.push(twofold(`${file}: config.${service}.${key}`, flat[key], value));
      flat[key] = value;
    }
  }
  return { flat, problems };
}

/** `4096` and `"4096"` are one value. */
function isTwofold(one: unknown, other: unknown): boolean {
  return one !== undefined && JSON.stringify(one).replaceAll('"', "") !== JSON.stringify(other).replaceAll('"', "");
}

function twofold(path: string, one: unknown, other: unknown): Problem {
  return {
    path,
    expected: `one value for it in this file, not also ${shown(one)}`,
    got: shown(other),
    cure: "keep one",
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
