import { type Boots } from "./aws/instances";
import { registerSiteControls } from "./core/site-controls";
import { Site, type SiteOptions } from "./core/site";
import { type NodeDescription, type PbsDescription } from "./core/site-description";

/** Subsystems of the lab. */
export interface Modules {
  /** Starts a backup server. */
  readonly startPbs: (site: Site, pbs: PbsDescription) => Promise<unknown>;
  /** Starts the API of a PVE node. */
  readonly startPve: (site: Site, node: NodeDescription) => Promise<unknown>;
  /** Starts what the site has at Cloudflare. */
  readonly startCloudflare: (site: Site) => Promise<unknown>;
  /** Starts the S3 provider that the site uses. */
  readonly startS3: (site: Site) => Promise<unknown>;
  /** Starts the account with AWS that the site has. */
  readonly startAws: (site: Site, boots: Boots) => Promise<(() => Promise<unknown>) | undefined>;
  /** Starts the SSH server of a machine. */
  readonly startSsh: (site: Site, machine: NodeDescription | PbsDescription) => Promise<unknown>;
}

/** Opens the site and starts its modules: backup servers, nodes, SSH. The sheet is published last. */
export async function startSite(options: SiteOptions, modules: Partial<Modules>): Promise<Site> {
  const site = await Site.open(options);
  try {
    await startModules(site, modules);
  } catch (error) {
    await site.stop();
    throw error;
  }
  return site;
}

async function startModules(
  site: Site,
  { startPbs, startPve, startAws, startCloudflare, startS3, startSsh }: Partial<Modules>,
): Promise<void> {
  registerSiteControls(site);
  // First of all: a second lab must not touch the state of one that runs.
  await site.control.start();
  site.sheet.withdraw();
  await startS3?.(site);
  const nothing = (): Promise<void> => Promise.resolve();
  const boots = { startPbs: startPbs ?? nothing, startPve: startPve ?? nothing, startSsh: startSsh ?? nothing };
  const bootInstances = await startAws?.(site, boots);
  const isThere = ({ instance }: { readonly instance?: true | undefined }): boolean => instance !== true;
  for (const pbs of site.description.pbs.filter(isThere)) await startPbs?.(site, pbs);
  for (const node of site.description.nodes.filter(isThere)) await startPve?.(site, node);
  await startCloudflare?.(site);
  const { nodes, pbs: servers } = site.description;
  const alone = servers.filter(({ host }) => !nodes.some((node) => node.host === host));
  for (const machine of [...nodes, ...alone].filter(isThere)) await startSsh?.(site, machine);
  await bootInstances?.();
  site.sheet.publish();
}
