import * as z from "zod";

import { linksOf } from "../../estate/link-settings";
import { type Settings } from "../../estate/settings";
import { defined } from "../../estate/units/defined";
import { type Stack } from "../engine/stack";
import { exportState } from "../engine/state";
import { type CardLink } from "./card";
import { InvitationError, sealed, type Invitation } from "./invitation";

/** What an invitation is made of besides the site. */
export interface InviteOrder {
  /** Public key of the other side, `age1…`. */
  readonly recipient: string;
  /** User of `backup.readers` that the other side reads with. @default - the only one */
  readonly user?: string | undefined;
  /** The site's PBS as the other side reaches it. @default - as the settings name it */
  readonly address?: string | undefined;
  /** Link over which the other side comes. @default - it has another way */
  readonly link?: Invitation["link"];
  /** Days for which it can be taken. */
  readonly days: number;
  /** When it is made. */
  readonly now: Date;
}

/** An invitation that was made. */
export interface Invited {
  /** The text for the other side; only that side opens it. */
  readonly text: string;
  /** Last moment at which it can be taken. */
  readonly until: string;
  /** Token that it holds; its secret is in the text alone. */
  readonly authId: string;
}

const DAY_MS = 86_400_000;
const READERS = z.record(z.string(), z.object({ authId: z.string(), secret: z.string().optional() }));
type Reader = z.infer<typeof READERS>[string];

/**
 * Makes the text with which another place fetches copies of a site. It changes nothing: the login is one that `make up` made.
 * @throws {InvitationError} When there is no such login, or its secret is not known, with the cure.
 */
export async function invite(
  stack: Stack,
  { recipient, user, address, link, days, now }: InviteOrder,
): Promise<Invited> {
  const { backupServer } = stack.settings;
  const { authId, secret } = chosen(await readersOf(stack), user);
  const at = link?.address ?? address ?? backupServer.address;
  if (secret === undefined || at === undefined) throw new InvitationError(NO_SECRET);
  const until = new Date(now.getTime() + days * DAY_MS).toISOString();
  const { port, fingerprint, datastore } = backupServer;
  const content: Invitation = {
    ...{ version: 1, until, from: stack.name, address: at, port, ...defined({ fingerprint }) },
    ...{ datastore: datastore.name ?? (await datastoreIn(stack)), authId, secret },
    ...defined({ link }),
  };
  return { text: await sealed(content, recipient), until, authId };
}

const NO_SECRET =
  "The secret of that login is not known here: it was imported, or the site has no backup server.\n" +
  "Cure: name another user in backup.readers, make up, and invite with that one.";

async function readersOf(stack: Stack): Promise<Readonly<Record<string, Reader>>> {
  const { code, stdout } = await stack.run(["stack", "output", "copyReaders", "--show-secrets", "--json"]);
  return code === 0 ? READERS.parse(JSON.parse(stdout)) : {};
}

function chosen(readers: Readonly<Record<string, Reader>>, user: string | undefined): Reader {
  const users = Object.keys(readers);
  const [only, ...others] = users;
  const reader = user === undefined ? (others.length === 0 ? readers[only ?? ""] : undefined) : readers[user];
  if (reader !== undefined) return reader;
  const cure =
    users.length === 0
      ? "write `readers: [vault@pbs]` under `backup:` of the settings, and make up"
      : `say which: READER=${users.join(" or READER=")}`;
  throw new InvitationError(`There is no login that another place could fetch with.\nCure: ${cure}.`);
}

/** Name of the datastore, as the last run left it: TAPPaaS' module may have said it. */
async function datastoreIn(stack: Stack): Promise<string> {
  const { resources } = await exportState(stack);
  const store = resources.find(({ type }) => type === "resilience:pbs:Datastore")?.outputs["name"];
  if (typeof store === "string") return store;
  throw new InvitationError("The site has no datastore yet.\nCure: make up, and invite again.");
}

/** This side's end of a new link, and what the other side is told of it. */
export interface NewLink {
  /** The link as it would stand in the settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What goes into the invitation. */
  readonly told: NonNullable<Invitation["link"]>;
}

/**
 * A link between this side and one whose card came.
 * @param publicKey Of this side's end.
 * @param endpoint `host:port` at which this side is dialled; undefined behind NAT.
 * @throws {InvitationError} When neither side can be dialled.
 */
export function newLink(
  { settings }: Stack,
  name: string,
  { theirs, publicKey, endpoint }: { theirs: CardLink; publicKey: string; endpoint: string | undefined },
): NewLink {
  if (theirs.endpoint === undefined && endpoint === undefined) {
    throw new InvitationError(
      "Neither side can be dialled: the other one's card names no endpoint, and this side has none.\n" +
        "Cure: ENDPOINT=<name or address>:51820 on the side that has a public address, or forwards that UDP port.",
    );
  }
  const known = linksOf(settings.links).find((one) => one.name === name);
  const [address, yours] = known === undefined ? freeAddresses(settings) : [known.address, known.peer.address];
  // Who can be dialled over there is dialled: the side behind NAT is more often this one.
  const listenPort = theirs.endpoint === undefined ? portOf(endpoint ?? "") : undefined;
  const peer = { publicKey: theirs.publicKey, address: yours, ...defined({ endpoint: theirs.endpoint }) };
  return {
    settings: { ...defined({ interface: known?.interface }), address, ...defined({ listenPort }), peer, serves: true },
    told: {
      ...{ publicKey, address, yours },
      ...(theirs.endpoint === undefined ? defined({ endpoint }) : { listenPort: portOf(theirs.endpoint) }),
    },
  };
}

/** Two neighbours of 10.255.0.0/16 that no link of this side has. */
function freeAddresses({ links }: Pick<Settings, "links">): readonly [string, string] {
  const taken = new Set(linksOf(links).flatMap(({ address, peer }) => [address, peer.address]));
  const third = Array.from({ length: 256 }, (_, number) => number).find((number) => !taken.has(`10.255.${number}.1`));
  return [`10.255.${third ?? 0}.1`, `10.255.${third ?? 0}.2`];
}

function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(":") + 1));
}
