import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

import { parseToken } from "../../../provider/clients/login";
import { readKeyFile } from "../../../provider/keys/key-file";
import { onNode } from "../../engine/support/lab-site";
import { NODE, ownerOf } from "./client";
import { secretsOf, type Sites } from "./sites";
import { type Stolen, type StolenKey, type Thief } from "./thief";

/** Who took nothing. */
const NOTHING = { logins: [], keys: [], root: [], buckets: [] } as const satisfies Omit<Thief, "credential">;

/** Each thief, with what is found from what was taken: it is read from where it lies. */
export async function thievesOf(
  sites: Sites,
  seen: { readonly merged: Found; readonly inPreview: Found },
): Promise<Thief[]> {
  return [...(await thievesAtHome(sites, seen)), ...(await thievesElsewhere(sites))];
}

/** What somebody found who saw a program's settings. */
export interface Found {
  /** Secrets of the stack, in clear. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The encryption key, where it could be read. */
  readonly backupKey?: string;
}

async function thievesAtHome(
  sites: Sites,
  { merged, inPreview }: { readonly merged: Found; readonly inPreview: Found },
): Promise<Thief[]> {
  const { home, doors, readers } = sites;
  const { writer } = doors["the backup at home"];
  const backupKey = await onNode(home.sheet, NODE, "cat /etc/pve/priv/storage/tappaas_backup.enc");
  const own = await secretsOf(home);
  const onNodes = { ...NOTHING, logins: [writer], backupKey };
  const server = ownerOf(doors["the backup at home"]);
  const buckets = bucketKeysOf(sites);
  const stack = opened(sites, own);
  const nodeKey = readFileSync(home.sheet.nodes[NODE]!.ssh.privateKeyFile, "utf8");
  const nodeRoot = { authId: "root@pam", secret: home.sheet.nodes[NODE]!.logins["root@pam"].password };
  return [
    { ...onNodes, credential: "root on a node", root: ["node"], logins: [writer, nodeRoot] },
    { ...onNodes, credential: "the SSH key of the control VM", keys: [own["sshPrivateKey"]!] },
    { ...NOTHING, credential: "the program's login on the nodes", logins: [tokenOf(own, "pveApiToken")] },
    {
      ...{ ...NOTHING, credential: "root on the backup server", root: ["home server"], buckets },
      // The server has the logins of its remotes in a file.
      logins: [server, customerOf(own), friendOf(own)],
    },
    { ...NOTHING, credential: "the program's login on the backup server", logins: [tokenOf(own, "pbsToken")] },
    { ...NOTHING, credential: "the nodes' login on the backup server", logins: [writer] },
    { ...NOTHING, credential: "home's login at the provider", logins: [customerOf(own)] },
    { ...NOTHING, credential: "home's key of the append-only bucket", buckets: buckets.slice(0, 1) },
    { ...NOTHING, credential: "home's key of the ordinary bucket", buckets: buckets.slice(1) },
    { ...stack, credential: "home's state and passphrase", backupKey },
    { ...(await onLaptop(sites)), credential: "the operator's laptop", keys: [...stack.keys, nodeKey] },
    { ...opened(sites, merged.secrets), ...keyOf(merged), credential: "a change that is merged and run" },
    { ...opened(sites, inPreview.secrets), ...keyOf(inPreview), credential: "a change in its CI" },
    {
      ...{ ...NOTHING, credential: "the Cloudflare token" },
      logins: ["root@pam", writer.authId, tokenOf(own, "pbsToken").authId, readers.vault.authId].map((authId) => ({
        authId,
        secret: "a-token-of-cloudflare",
      })),
    },
  ];
}

async function thievesElsewhere({ vault, peer, provider, doors, readers, cleaner, account }: Sites): Promise<Thief[]> {
  const theirs = await secretsOf(vault);
  const peers = await secretsOf(peer);
  const [ofVault, ofPeer] = [readerOf(readers.vault), readerOf(readers.peer)];
  return [
    { ...NOTHING, credential: "the login with which the vault fetches", logins: [ofVault] },
    {
      ...{ ...NOTHING, credential: "root at the vault", root: ["vault server"] },
      logins: [ownerOf(doors["the copy at the vault"]), ofVault],
    },
    { ...NOTHING, credential: "the vault's own login", logins: [tokenOf(theirs, "pbsToken")] },
    {
      ...{ ...NOTHING, credential: "the vault's state and passphrase", keys: [theirs["sshPrivateKey"]!] },
      logins: [tokenOf(theirs, "pbsToken"), { ...ofVault, secret: theirs["homeReader"]! }],
    },
    { ...NOTHING, credential: "the login with which the peer fetches", logins: [ofPeer] },
    {
      ...{ ...NOTHING, credential: "root at the peer", root: ["peer server"] },
      keys: [readFileSync(peer.sheet.nodes[NODE]!.ssh.privateKeyFile, "utf8")],
      logins: [ownerOf(doors["the copy at the peer"]), ofPeer],
      backupKey: (await readKeyFile(peer.places.keyFile, peer.places.identityFile)).json,
    },
    {
      ...{ ...NOTHING, credential: "the peer's state and passphrase", keys: [peers["sshPrivateKey"]!] },
      logins: [
        tokenOf(peers, "pveApiToken"),
        tokenOf(peers, "pbsToken"),
        { authId: "tappaas@pbs!pve", secret: peers["nightlySecret"]! },
        { ...ofPeer, secret: peers["homeReader"]! },
      ],
    },
    {
      ...{ ...NOTHING, credential: "root at the provider", root: ["provider server"] },
      logins: [ownerOf({ lab: provider, server: "vault" })],
    },
    { ...NOTHING, credential: "the key that cleans the buckets", buckets: [cleaner] },
    { ...NOTHING, credential: "the account of the buckets", buckets: [account] },
  ];
}

/** What lies in the folder of the site on the machine from which it is run: passphrase, settings, state, key file and its identity. */
async function onLaptop(sites: Sites): Promise<Omit<Thief, "credential">> {
  const { places } = sites.home;
  const { json } = await readKeyFile(places.keyFile, places.identityFile);
  return { ...opened(sites, await secretsOf(sites.home)), backupKey: json };
}

/** What a site's secrets open. */
function opened(sites: Sites, secrets: Readonly<Record<string, string>>): Omit<Thief, "credential"> {
  const { sshPrivateKey, bucketSecretKey, ordinarySecretKey, nightlySecret } = secrets;
  const [appending, ordinary] = bucketKeysOf(sites);
  return {
    ...NOTHING,
    logins: [
      tokenOf(secrets, "pveApiToken"),
      tokenOf(secrets, "pbsToken"),
      ...(nightlySecret === undefined ? [] : [{ authId: "tappaas@pbs!pve", secret: nightlySecret }]),
      ...(secrets["providerWriter"] === undefined ? [] : [customerOf(secrets)]),
      ...(secrets["friendReader"] === undefined ? [] : [friendOf(secrets)]),
    ],
    keys: sshPrivateKey === undefined ? [] : [sshPrivateKey],
    buckets: [
      ...(bucketSecretKey === undefined ? [] : [{ ...appending!, secretKey: bucketSecretKey }]),
      ...(ordinarySecretKey === undefined ? [] : [{ ...ordinary!, secretKey: ordinarySecretKey }]),
    ],
  };
}

function keyOf({ backupKey }: Found) {
  return backupKey === undefined ? {} : { backupKey };
}

/** Home's keys of the append-only bucket and of the ordinary one. */
function bucketKeysOf({ doors }: Sites): StolenKey[] {
  return [doors["the append-only bucket"].homeKey!, doors["the ordinary bucket"].homeKey!];
}

function customerOf(secrets: Readonly<Record<string, string>>): Stolen {
  return { authId: "customer@pbs!push", secret: secrets["providerWriter"]! };
}

function friendOf(secrets: Readonly<Record<string, string>>): Stolen {
  return { authId: "home@pbs!pull", secret: secrets["friendReader"]! };
}

function readerOf({ authId, secret }: Stolen): Stolen {
  return { authId, secret };
}

function tokenOf(secrets: Readonly<Record<string, string>>, key: "pveApiToken" | "pbsToken"): Stolen {
  const login = parseToken(secrets[key] ?? "", key === "pbsToken" ? "PBS" : "PVE");
  assert.ok("tokenId" in login);
  return { authId: login.tokenId, secret: login.secret };
}
