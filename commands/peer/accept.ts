import { readerKey } from "../../estate/copy-source-settings";
import { InvalidSite } from "../../estate/problem";
import { roleOf } from "../../estate/roles";
import { parseSettings } from "../../estate/settings";
import { parseVaultSettings } from "../../estate/vault-settings";
import { defined } from "../../estate/units/defined";
import { type Secrets } from "../secrets";
import { SettingsFile } from "../settings-file";
import { InvitationError, type Invitation } from "./invitation";

/** How an invitation is taken. */
export interface AcceptOrder {
  /** What was opened. */
  readonly invitation: Invitation;
  /** Settings file of the vault, or of the site that keeps copies of a peer. */
  readonly settingsFile: string;
  /** Name that the other site has here; its remote and its job have it too. */
  readonly name: string;
  /** The other site's PBS as this side reaches it. @default - as the invitation says */
  readonly address?: string | undefined;
  /** Directory on this side's server for the copies. @default - where they lie already */
  readonly path?: string | undefined;
}

/** What taking it would write. */
export interface Accepting {
  /** The source as it would stand in the settings. */
  readonly source: Readonly<Record<string, unknown>>;
  /** Link over which it is reached, as it would stand in the settings; undefined where there is another way. */
  readonly link: Readonly<Record<string, unknown>> | undefined;
  /** Key of the secret. */
  readonly secret: string;
  /** Lines for a person. */
  readonly lines: readonly string[];
}

/**
 * What an invitation would write into a vault's settings. It changes nothing.
 * @throws {InvitationError} When the name is that of another copy, or nobody says where the copies are to lie.
 * @throws {InvalidSite} When the settings would be refused.
 */
export function accepting(order: AcceptOrder): Accepting {
  const { invitation, settingsFile, name } = order;
  const file = new SettingsFile(settingsFile);
  const place = sourcesIn(file);
  const before = file.get(place, name) as Readonly<Record<string, unknown>> | undefined;
  const source = sourceOf(order, before);
  file.set([place, name], source);
  const link = linkOf(order);
  if (link !== undefined) file.set(["links", name], link);
  const parsed = place === "peers" ? parseSettings(file.get()) : parseVaultSettings(file.get());
  if (!parsed.ok) throw new InvalidSite(settingsFile, parsed.problems);
  const { datastore, namespace, until, from, authId } = invitation;
  const what = `${datastore}${namespace === undefined ? "" : `, namespace ${namespace}`}`;
  const into = source["into"] as { readonly datastore: string; readonly path: string };
  return {
    source,
    link,
    secret: readerKey(name),
    lines: [
      `An invitation of ${from}, good until ${until}.`,
      `It lets this server read ${what} on ${String(source["address"])} with ${authId}, and nothing else.`,
      `Copies come into ${into.datastore} (${into.path}). ${before === undefined ? `${name} is new here.` : `${name} is here already and gets the new login; its copies stay.`}`,
    ],
  };
}

/** Writes it: the secret first, so that no run finds a source without one. */
export async function accept(order: AcceptOrder, accepted: Accepting, secrets: Secrets): Promise<void> {
  await secrets.open();
  await secrets.set(accepted.secret, order.invitation.secret);
  const file = new SettingsFile(order.settingsFile);
  file.set([sourcesIn(file), order.name], accepted.source);
  if (accepted.link !== undefined) file.set(["links", order.name], accepted.link);
  file.save();
}

/** This side's end of the link that the invitation describes. */
function linkOf({ invitation: { link } }: AcceptOrder): Readonly<Record<string, unknown>> | undefined {
  if (link === undefined) return undefined;
  const { publicKey, address, yours, endpoint, listenPort } = link;
  return { address: yours, ...defined({ listenPort }), peer: { publicKey, address, ...defined({ endpoint }) } };
}

/** A vault is there for its sources; a site has peers. */
function sourcesIn(file: SettingsFile): "sources" | "peers" {
  return roleOf(file.get()) === "vault" ? "sources" : "peers";
}

function sourceOf(
  { invitation, name, address, path }: AcceptOrder,
  before: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> {
  const { port, fingerprint, datastore, namespace, authId } = invitation;
  const isOther = before !== undefined && (before["datastore"] !== datastore || before["namespace"] !== namespace);
  if (isOther) {
    throw new InvitationError(
      `${name} is already the name of a copy of another datastore, and that copy stays.\nCure: take another name: NAME=${name}-2`,
    );
  }
  if (before === undefined && path === undefined) {
    throw new InvitationError(
      `It is not said where the copies are to lie on this server.\nCure: INTO=/tankc1/${name}-copies, best a dataset of its own.`,
    );
  }
  const into = path === undefined ? {} : { into: { datastore: `${name}-copies`, path } };
  return {
    ...before,
    ...{ address: address ?? before?.["address"] ?? invitation.address, port, ...defined({ fingerprint }) },
    ...{ datastore, ...defined({ namespace }), authId, ...(before === undefined && into) },
  };
}
