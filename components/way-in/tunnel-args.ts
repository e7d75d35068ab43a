import { identifierProblems } from "../internal/identifiers";
import { type Problem } from "../internal/problems";

/** A name that leads through the tunnel. */
export interface PublishedName {
  /** The whole name, `files.example.org`. **Another name is another DNS record.** */
  readonly name: string;
  /** Zone at Cloudflare in which it is, 32 hexadecimal digits. It counts when the record is made. */
  readonly zoneId: string;
  /** Where a connector finds the service: `http://nextcloud.srvHome.internal:80`. A certificate of an https origin is not checked. */
  readonly origin: string;
  /** Whether people log in first; `false` lets everybody on the internet in. */
  readonly behindAccess: boolean;
}

/** A virtual machine in which a connector runs. */
export interface ConnectorMachine {
  /** Its VMID; it needs Debian and a guest agent. */
  readonly vmid: number;
  /** Its name in PVE: another machine under that number is not touched. */
  readonly machine: string;
}

/** Arguments of {@link Tunnel}. */
export interface TunnelArgs {
  /** Account at Cloudflare, 32 hexadecimal digits. **Another account is another tunnel, and is refused.** */
  readonly accountId: string;
  /** Name of the tunnel in the dashboard. */
  readonly tunnelName: string;
  /** Names that lead through it. One that is taken out loses its DNS record: nobody outside finds it then. */
  readonly names: readonly PublishedName[];
  /** Machines with a connector, at most 25, best each on another node. One that is taken out is stopped, and its token removed. */
  readonly connectors: readonly ConnectorMachine[];
  /** Who may log in to what is behind Access. @default - nobody, and then no name may be behind it */
  readonly access?: { readonly emails: readonly string[]; readonly emailDomains: readonly string[] };
}

/** Connectors that one tunnel takes. Source: developers.cloudflare.com, tunnel limits. */
const MOST_CONNECTORS = 25;

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function tunnelProblems({ accountId, names, connectors, access }: TunnelArgs): Problem[] {
  const problems: Problem[] = names.flatMap(({ name, zoneId, origin }, at) => [
    ...identifierProblems("address", `names[${at}].name`, name),
    ...idProblems(`names[${at}].zoneId`, zoneId),
    ...(/^https?:\/\/[^/\s]+:\d+$/.test(origin)
      ? []
      : [{ path: `names[${at}].origin`, reason: `expected an address such as "http://wiki:80", got "${origin}"` }]),
  ]);
  problems.push(...idProblems("accountId", accountId));
  const twice = names.find(({ name }, at) => names.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) problems.push({ path: "names", reason: `expected each name once, got ${twice.name} twice` });
  if (connectors.length === 0 || connectors.length > MOST_CONNECTORS)
    problems.push({
      path: "connectors",
      reason: `expected 1 to ${MOST_CONNECTORS} machines, got ${connectors.length}`,
    });
  const allowed = (access?.emails.length ?? 0) + (access?.emailDomains.length ?? 0);
  if (allowed === 0 && names.some(({ behindAccess }) => behindAccess))
    problems.push({ path: "access", reason: "expected somebody who may log in to what is behind Access, got nobody" });
  return problems;
}

function idProblems(path: string, id: string): Problem[] {
  return /^[0-9a-f]{32}$/.test(id) ? [] : [{ path, reason: `expected 32 hexadecimal digits, got "${id}"` }];
}
