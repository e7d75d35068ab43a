import { Provider } from "../components";
import { defined } from "../estate/units/defined";
import { httpsAddress } from "../estate/units/web-address";
import { type VaultConfiguration } from "./config";
import { declareCopies, type CopyJobs } from "./copies";
import { declareLinks, type LinkKeys } from "./links";

/** What a declared vault tells the person who runs it. */
export interface DeclaredVault {
  /** Sync job of each source, by its name. */
  readonly copies: CopyJobs;
  /** Public key of this end of each link, by its name. */
  readonly linkKeys: LinkKeys;
}

/**
 * A backup server at another place that fetches the backups of other sites.
 *
 * The promise: whoever holds a site, its nodes, its backup server and its stack, can delete none of the copies here, for it has no
 * login here; and who holds the vault reads none of them and changes nothing over there. What stays, stays by this side's rules.
 */
export function declareVault(configuration: VaultConfiguration): DeclaredVault {
  const { vault, decisions, pbsToken, readers, sshPrivateKey, reportOnly } = configuration;
  const { address, port, fingerprint } = vault.server;
  const provider = new Provider("vault", {
    pbsEndpoint: httpsAddress(address, port),
    ...defined({ pbsFingerprint: fingerprint }),
    pbsToken,
    adoptions: [...decisions.adoptions],
    acceptances: decisions.acceptances.filter(({ change }) => change !== "survive-less"),
    ...(reportOnly && { reportOnly }),
  });
  const links = declareLinks(vault.links, vault.server.ssh, sshPrivateKey);
  const shell = vault.server.ssh && sshPrivateKey && { ...vault.server.ssh, privateKey: sshPrivateKey };
  const machine = { links: Object.values(links), shell };
  const copies = declareCopies(vault.sources, readers, machine, { providers: [provider] });
  return { copies, linkKeys: links };
}
