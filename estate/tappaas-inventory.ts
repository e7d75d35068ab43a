import { parseEnvironment, parseTappaasSite, wishOf, type TappaasEnvironment, type TappaasSite } from "./backup-wish";
import { type Coverage, type FailoverWish, type Guest } from "./guest";
import { byVmid, vmidProblems, type BackupPlace, type Inventory } from "./inventory";
import { platformWork } from "./platform-work";
import { type Parsed, type Problem, problemsOf } from "./problem";
import { parseConfiguration, type TappaasConfiguration } from "./tappaas-configuration";
import { diskOf, isGuestModule, parseModule, proxyOf, type TappaasModule } from "./tappaas-module";
import { defined } from "./units/defined";
import { sizeOf } from "./units/size";
import { VMID_RANGES, vmidClass } from "./vmid-class";
import { parseZones } from "./zones";

/** A file of TAPPaaS as it was read: its path in the site's folder, and the JSON in it. */
export interface TappaasFile {
  /** Path in the site's folder: `modules/identity.json`. */
  readonly file: string;
  /** What it holds, unchecked. */
  readonly json: unknown;
}

/** What newer releases of TAPPaaS have beside the modules. */
export interface TappaasSurroundings {
  /** What `site.json` holds. @default - there is none */
  readonly site?: unknown;
  /** Files in `environments`. @default - none */
  readonly environments?: readonly TappaasFile[];
  /** What `zones.json` holds. @default - there is none */
  readonly zones?: unknown;
}

/** Reads a TAPPaaS site from its configuration and its modules, naming all that is wrong with all of them. */
export function parseTappaas(
  configuration: TappaasFile,
  modules: readonly TappaasFile[],
  surroundings: TappaasSurroundings = {},
): Parsed<Inventory> {
  const site = parseConfiguration(configuration.json, configuration.file);
  const parsed = modules.map(({ file, json }) => parseModule(json, moduleName(file), file));
  const around = parseTappaasSite(surroundings.site ?? {});
  const environments = (surroundings.environments ?? []).map(({ file, json }) =>
    parseEnvironment(json, moduleName(file), file),
  );
  const zones = surroundings.zones === undefined ? undefined : parseZones(surroundings.zones);
  const problems = [site, ...parsed, around, ...environments, ...(zones === undefined ? [] : [zones])].flatMap(
    problemsOf,
  );
  if (!site.ok || !around.ok || problems.length > 0) return { ok: false, problems };
  const inventory = inventoryOf(
    site.value,
    parsed.flatMap((module) => (module.ok ? [module.value] : [])),
    { site: around.value, environments: environments.flatMap((one) => (one.ok ? [one.value] : [])) },
  );
  const country = around.value.location?.country;
  if (!inventory.ok) return inventory;
  return {
    ok: true,
    value: { ...inventory.value, ...defined({ country, zones: zones?.ok === true ? zones.value : undefined }) },
  };
}

interface Surroundings {
  readonly site: TappaasSite;
  readonly environments: readonly TappaasEnvironment[];
}

/** Domain of a module: of its variant, else of the site. */
function domainOf({ tappaas: { domain, variants } }: TappaasConfiguration, { variant }: TappaasModule) {
  return variants?.[variant ?? ""]?.domain ?? domain;
}

function inventoryOf(
  configuration: TappaasConfiguration,
  modules: readonly TappaasModule[],
  surroundings: Surroundings,
): Parsed<Inventory> {
  const nodes = configuration["tappaas-nodes"].map(({ hostname }) => hostname);
  const always = modules.flatMap(({ alwaysBackup }) => alwaysBackup);
  const guests = modules.filter(isGuestModule).flatMap((module) => {
    const guest = guestOf(module, nodes, always, surroundings);
    return guest === undefined
      ? []
      : { ...guest, ...defined({ proxy: proxyOf(module, domainOf(configuration, module)) }) };
  });
  const problems = [
    ...modules.flatMap((module) => environmentProblems(module, surroundings)),
    ...modules.flatMap((module) => moduleProblems(module, nodes, configuration)),
    ...vmidProblems(byVmid(guests)),
    ...alwaysProblems(modules, guests),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const { domain, updateSchedule } = configuration.tappaas;
  const inside = platformWork(updateSchedule);
  return { ok: true, value: { domain, nodes, guests: byVmid(guests), backup: backupPlaceOf(modules), inside } };
}

/** The guest that a module is; undefined for a guest module without VMID, which is a problem of its own. */
function guestOf(
  module: TappaasModule,
  nodes: readonly string[],
  always: readonly string[],
  { site, environments }: Surroundings,
): Guest | undefined {
  const { vmid, vmname = module.name, cores, memory, storage, zone0, variant, dependsOn, file } = module;
  if (vmid === undefined) return undefined;
  const node = module.node ?? nodes[0] ?? "";
  const environment = environments.find(({ name }) => name === module.environment);
  const wish = wishOf({ module: { file, backup: module.backup }, environment, site });
  return {
    vmid,
    kind: dependsOn.includes("cluster:lxc") ? "ct" : "vm",
    name: vmname,
    node,
    storage,
    cores,
    memory: sizeOf(memory * 1024 ** 2),
    disk: diskOf(module),
    zone: zone0,
    class: vmidClass(vmid),
    variant: variant === "" ? undefined : variant,
    dependsOn,
    backup: coverageOf(module, always),
    ...defined({ wish }),
    ha: failoverOf(module, node, nodes),
    source: file,
  };
}

/** Backed up unless its owner switched that off, and foundation guests even then. Silence is no reason to lose data. */
function coverageOf(module: TappaasModule, always: readonly string[]): Coverage {
  if (module.vmid !== undefined && vmidClass(module.vmid) === "foundation")
    return { covered: true, because: "foundation" };
  if (always.some((name) => namesModule(name, module))) return { covered: true, because: "always" };
  if (module.backup?.enabled === false)
    return { covered: false, reason: `${module.file} sets backup.enabled to false` };
  return { covered: true, because: module.dependsOn.includes("backup:vm") ? "declared" : "default" };
}

/** As TAPPaaS resolves it: no HANode means the first other node, and a site of one node has no failover. */
function failoverOf(module: TappaasModule, home: string, nodes: readonly string[]): FailoverWish | undefined {
  const { dependsOn, HANode, replicationSchedule } = module;
  if (!dependsOn.includes("cluster:ha") || HANode === "NONE" || nodes.length < 2) return undefined;
  return { failoverNode: HANode ?? nodes.find((node) => node !== home), replicationSchedule };
}

function backupPlaceOf(modules: readonly TappaasModule[]): BackupPlace | undefined {
  const module = modules.find(({ name }) => name === "backup");
  if (module === undefined) return undefined;
  const pool = module.given.has("storage") ? module.storage : "tankc1";
  return { datastore: module.pbsStorageName, pool, node: module.node ?? undefined };
}

function moduleProblems(
  module: TappaasModule,
  nodes: readonly string[],
  { tappaas: { variants } }: TappaasConfiguration,
): Problem[] {
  const { file, vmid, node, HANode, variant, vmtag } = module;
  const problems: Problem[] = [];
  const report = (key: string, expected: string, got: string, cure: string) =>
    problems.push({ path: `${file}: ${key}`, expected, got, cure });

  if (isGuestModule(module) && vmid === undefined) {
    report("vmid", "a VMID, for the module depends on a guest", "nothing", "set it, or no backup finds the guest");
  }
  if (vmid !== undefined && isGuestModule(module)) {
    const range = vmidClass(vmid);
    if (range === undefined) {
      report("vmid", `a VMID in ${VMID_RANGES}`, String(vmid), "take a number from the range of its kind");
    } else if (vmtag.split(",").includes("Foundation") && range !== "foundation" && range !== "template") {
      report("vmid", "100-200 for a guest tagged Foundation", String(vmid), "correct the VMID or the tag");
    }
  }
  for (const [key, name] of Object.entries({ node, HANode })) {
    if (name === null || name === undefined || name === "NONE" || nodes.includes(name)) continue;
    report(key, `one of the nodes ${nodes.join(", ")}`, `"${name}"`, "correct it, or add it to configuration.json");
  }
  if (variants !== undefined && variant !== undefined && variants[variant] === undefined) {
    report("variant", "a variant of configuration.json", `"${variant}"`, "add it there or correct it");
  }
  return [...problems, ...failoverProblems(module, nodes)];
}

function failoverProblems({ file, node, HANode, dependsOn }: TappaasModule, nodes: readonly string[]): Problem[] {
  const home = node ?? nodes[0];
  if (!dependsOn.includes("cluster:ha") || HANode !== home || nodes.length < 2) return [];
  const expected = "a failover node other than the guest's own";
  return [{ path: `${file}: HANode`, expected, got: `"${HANode ?? ""}"`, cure: "name another node or leave it out" }];
}

/** A name in alwaysBackup that no guest answers to: what was to be safe always is not there at all. */
function alwaysProblems(modules: readonly TappaasModule[], guests: readonly Guest[]): Problem[] {
  const owners = modules.filter(({ file }) => guests.some(({ source }) => source === file));
  return modules.flatMap(({ file, alwaysBackup }) =>
    alwaysBackup
      .filter((name) => !owners.some((module) => namesModule(name, module)))
      .map((name) => ({
        path: `${file}: alwaysBackup`,
        expected: "names of modules in this site",
        got: `"${name}"`,
        cure: "add its module file or correct the name",
      })),
  );
}

function namesModule(name: string, module: TappaasModule): boolean {
  return name === module.name || name === module.vmname;
}

/** A wish of an environment that nobody finds would be no wish at all. */
function environmentProblems({ file, environment }: TappaasModule, { environments }: Surroundings): Problem[] {
  if (environment === undefined || environments.length === 0) return [];
  if (environments.some(({ name }) => name === environment)) return [];
  const expected = `one of the environments ${environments.map(({ name }) => name).join(", ")}`;
  return [{ path: `${file}: environment`, expected, got: `"${environment}"`, cure: "correct it, or add its file" }];
}

function moduleName(file: string): string {
  return file.replace(/^.*\//, "").replace(/\.json$/, "");
}
