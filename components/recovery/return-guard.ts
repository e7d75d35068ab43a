import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { ASK_UNIT } from "../../estate/units/return-guard-places";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { connectionOf, QUIET } from "../internal/shell";
import { type NodeShell } from "../storage/zfs-pool";
import { RETURN_GUARD_REMOVAL, RETURN_GUARD_SCRIPT } from "./return-guard-script";

/** A backup server of somebody else's that keeps the record of where a site's guests serve. */
export interface RecordServer {
  /** A name of one's own. */
  readonly name: string;
  /** Where it is, as the client writes it: `home@pbs!record@192.0.2.31:8007:lent`. The login reads and writes nothing. */
  readonly repository: string;
  /** SHA-256 fingerprint of its certificate. @default - the node's CAs decide */
  readonly fingerprint?: string;
  /** Namespace. @default - the root namespace */
  readonly namespace?: string;
  /** Identifier of the backup group `host/…` in whose notes the record stands. */
  readonly group: string;
  /** Secret of the login. */
  readonly secret: pulumi.Input<string>;
}

/** A TXT record that keeps it. */
export interface RecordName {
  /** Resolver, by DNS over HTTPS. */
  readonly resolver: string;
  /** Name of the record. */
  readonly name: string;
}

/** Arguments of {@link ReturnGuard}. */
export interface ReturnGuardArgs {
  /** Node that is guarded. **In a cluster every node has to be.** */
  readonly node: string;
  /** Way to that node's shell, as root. */
  readonly shell: NodeShell;
  /** Name of the site in its records. **Records of another name count for nothing.** */
  readonly site: string;
  /** Public key of who signs the records, `ssh-ed25519 AAAA…`. **Records of another key count for nothing.** */
  readonly signer: pulumi.Input<string>;
  /** VMIDs for which a failover was prepared: without an answer they stay off. */
  readonly prepared: readonly number[];
  /** VMIDs that start before anybody is asked: the firewall guest, local DNS. @default - none */
  readonly outside?: readonly number[];
  /** Seconds for which the places are asked at most, 0 to 86400. @default 600 */
  readonly limit?: number;
  /** Servers that keep the record. */
  readonly servers: readonly RecordServer[];
  /** TXT record that keeps it. @default - none */
  readonly dns?: RecordName;
}

/**
 * Keeps guests of a node off after a boot until it is known that they do not serve elsewhere: two units, of which one runs before
 * `pve-guests` and `pve-ha-lrm`, and one asks the places of record.
 *
 * Guests are held by `onboot` and HA's state `ignored`; what they were is noted on the node and given back. It stops no guest, deletes
 * none, and touches none when it is installed. It does not leave a node while it holds a guest.
 */
export class ReturnGuard extends pulumi.ComponentResource {
  /** Unit that asks, and that a person may start. */
  public readonly unit = ASK_UNIT;

  constructor(name: string, args: ReturnGuardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:recovery:ReturnGuard", name, {}, opts);
    rejectProblems(this, `ReturnGuard "${name}"`, returnGuardArgsProblems(args));

    const scripts = { create: RETURN_GUARD_SCRIPT, update: RETURN_GUARD_SCRIPT, delete: RETURN_GUARD_REMOVAL };
    const inputs = { connection: connectionOf(args.shell), ...scripts, stdin: guardLines(args), ...QUIET };
    new remote.Command(name, inputs, { parent: this });

    this.registerOutputs({ node: args.node, unit: this.unit });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function returnGuardArgsProblems(args: Omit<ReturnGuardArgs, "shell" | "signer">): Problem[] {
  const { node, site, prepared, outside = [], limit = USUAL_LIMIT, servers, dns } = args;
  const problems = identifierProblems("node", "node", node);
  if (!/^[A-Za-z0-9][\w.-]*$/.test(site))
    problems.push({ path: "site", reason: `expected a name such as "home", got "${site}"` });
  for (const [path, vmids] of Object.entries({ prepared, outside }))
    for (const vmid of vmids)
      if (!Number.isInteger(vmid) || vmid < 100) problems.push({ path, reason: `expected a VMID, got ${vmid}` });
  for (const vmid of prepared.filter((one) => outside.includes(one)))
    problems.push({ path: "outside", reason: `expected no guest that has to wait for an answer, got ${vmid}` });
  if (!Number.isInteger(limit) || limit < 0 || limit > 86_400)
    problems.push({ path: "limit", reason: `expected 0 to 86400 seconds, got ${limit}` });
  if (servers.length === 0 && dns === undefined)
    problems.push({ path: "servers", reason: "expected at least one place of record, got none" });
  for (const [index, server] of servers.entries()) problems.push(...serverProblems(server, `servers.${index}`));
  if (dns !== undefined && !/^https:\/\/[^\s|?&]+$/.test(dns.resolver))
    problems.push({ path: "dns.resolver", reason: `expected an address with https, got "${dns.resolver}"` });
  if (dns !== undefined && !/^[a-z0-9_.-]+$/.test(dns.name))
    problems.push({ path: "dns.name", reason: `expected a name such as "_return.example.org", got "${dns.name}"` });
  return problems;
}

const USUAL_LIMIT = 600;

function serverProblems({ name, repository, group, namespace = "" }: RecordServer, path: string): Problem[] {
  const problems: Problem[] = [];
  const expect = (field: string, value: string, pattern: RegExp, form: string) => {
    if (!pattern.test(value)) problems.push({ path: `${path}.${field}`, reason: `expected ${form}, got "${value}"` });
  };
  expect("name", name, /^[a-z][a-z0-9]{2,30}$/, 'a name such as "peer"');
  expect(
    "repository",
    repository,
    /^[^\s|]+@[^\s|]+![^\s|]+@[^\s|]+:[^\s|]+$/,
    'one such as "home@pbs!record@192.0.2.31:8007:lent"',
  );
  expect("group", group, /^[A-Za-z0-9_][\w.-]*$/, 'a group such as "return-home"');
  expect("namespace", namespace, /^[\w./-]*$/, 'a namespace such as "home"');
  return problems;
}

/** What the script reads: one `key=value` a line. */
function guardLines(args: ReturnGuardArgs): pulumi.Output<string> {
  const { node, site, signer, prepared, outside = [], limit = USUAL_LIMIT, servers, dns } = args;
  const secrets = pulumi.all(servers.map(({ secret }) => pulumi.secret(secret)));
  return pulumi.all([signer, secrets]).apply(([key, words]) =>
    [
      ...[`site=${site}`, `node=${node}`, `limit=${limit}`, `outside=${outside.join(" ")}`],
      // A comment behind the key: whoever reads the line loses no padding.
      ...[`prepared=${prepared.join(" ")}`, `signer=${key.split(" ").slice(0, 2).join(" ")} ${site}`],
      ...servers.map(
        ({ name, repository, fingerprint = "", namespace = "", group }) =>
          `place=${name}|pbs|${repository}|${fingerprint}|${namespace}|${group}`,
      ),
      ...(dns === undefined ? [] : [`place=dns|dns|${dns.resolver}|${dns.name}||`]),
      ...servers.map(({ name }, index) => `secret=${name}:${words[index] ?? ""}`),
      "",
    ].join("\n"),
  );
}
