import * as z from "zod";

import { newPrivateKey, publicLine } from "../../../lab/ssh/ssh-key";
import { pvePrivileges } from "../../../provider/rights/pve-rights";
import { labBuckets } from "../../../tools/lab-site/buckets";
import { askLab } from "../../../tools/lab-site/lab";
import { type LabSite } from "../../../tools/lab-site/prepare";
import { setSecret } from "../../engine/support/commands";
import { onNode, pveOf } from "../../engine/support/lab-site";
import {
  BUCKETS,
  declaredBuckets,
  everyCopy,
  forgetEveryCopy,
  type Cast,
  type EveryCopy,
  type Lab,
} from "../support/every-copy";
import { NODE } from "./client";
import { type Door } from "./door";
import { beginCanary, runJob } from "./lock-out";
import { type CopyName } from "./table";
import { type Stolen, type StolenKey } from "./thief";

const CAST: Cast = {
  name: "test-compromise",
  prefixes: { home: "127.0.147", vault: "127.0.148", peer: "127.0.149", provider: "127.0.150" },
};
const SECRET = /^(?!settings$)/;

/** A home with every kind of copy elsewhere, those who keep them, and what is there for a thief. */
export interface Sites extends EveryCopy {
  /** Key that cleans both buckets, and the one of their account. */
  readonly cleaner: StolenKey;
  readonly account: StolenKey;
  /** Each copy as a thief stands before it. */
  readonly doors: Readonly<Record<Exclude<CopyName, "the guest itself">, Door>>;
}

/** Brings all of them up, with a backup of every guest in every copy. */
export async function compromisedSites(): Promise<Sites> {
  const all = await everyCopy(CAST, async (home) => {
    const stackKey = newPrivateKey("stack");
    await onNode(home.sheet, NODE, `mkdir -p ~/.ssh; echo '${publicLine(stackKey)}' >>~/.ssh/authorized_keys`);
    await setSecret(home, "sshPrivateKey", stackKey);
    await setSecret(home, "pveApiToken", await programLogin(home));
  });
  const { home, vault, peer, provider } = all;
  const doors = await doorsOf(home, vault, peer, provider);
  for (const door of Object.values(doors)) await runJob(door);
  for (const door of Object.values(doors)) await beginCanary(door, doors["the backup at home"]);
  return { ...all, cleaner: cleanerOf(home), account: home.sheet.s3!.owner, doors };
}

/** Stops all of them and removes what they were. */
export function forgetSites(): void {
  forgetEveryCopy(CAST);
}

/** Everything that the stack's passphrase opens. */
export async function secretsOf({ stack }: LabSite): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await stack.onStack(["config", "--show-secrets", "--json"], { quiet: true });
  const values = JSON.parse(stdout) as Record<string, { value?: string }>;
  const all = Object.entries(values).map(([key, { value = "" }]) => [key.slice(key.indexOf(":") + 1), value] as const);
  return Object.fromEntries(all.filter(([key]) => SECRET.test(key)));
}

async function doorsOf(home: LabSite, vault: LabSite, peer: LabSite, provider: Lab): Promise<Sites["doors"]> {
  const secret = (await onNode(home.sheet, NODE, "cat /etc/pve/priv/storage/tappaas_backup.pw")).trim();
  const writer: Stolen = { authId: "tappaas@pbs!pve", secret };
  const secrets = await secretsOf(home);
  const own = { lab: home, server: "backup", machine: "home server" as const, writer };
  const at = (store: string) => ({ store, path: `/tankc1/${store}` });
  const inBucket = (copy: CopyName, name: keyof typeof BUCKETS, store: string): Door => ({
    ...{ ...own, ...at(store), copy, bucket: BUCKETS[name] },
    job: { lab: home, server: "backup", id: `to-${store}` },
    homeKey: { accessKey: accessKeyOf(home, name), secretKey: secrets[`${name}SecretKey`]! },
  });
  return {
    "the backup at home": { ...own, ...at("tappaas_backup"), copy: "the backup at home" },
    "the copy at the vault": {
      ...{ ...at("home-copies"), copy: "the copy at the vault", lab: vault, server: "vault", writer },
      machine: "vault server",
      job: { lab: vault, server: "vault", id: "home" },
    },
    "the copy at the peer": {
      ...{ ...at("home-copies"), copy: "the copy at the peer", lab: peer, server: "backup", writer },
      machine: "peer server",
      job: { lab: peer, server: "backup", id: "home" },
    },
    "the append-only bucket": inBucket("the append-only bucket", "bucket", "s3-copies"),
    "the ordinary bucket": inBucket("the ordinary bucket", "ordinary", "s3-ordinary"),
    "the copy at the provider": {
      ...{ ...at("customers"), copy: "the copy at the provider", lab: provider, server: "vault", writer },
      machine: "provider server",
      job: { lab: home, server: "backup", id: "provider" },
    },
  };
}

/** Access key that the settings name for a bucket. */
function accessKeyOf({ places, sheet }: LabSite, name: keyof typeof BUCKETS): string {
  const { offsite } = labBuckets(places, sheet, declaredBuckets());
  return (offsite[name]!.bucket as { readonly accessKey: string }).accessKey;
}

/** The key for `make s3-clean`, with the rights that docs/how-to/s3.md gives it. */
function cleanerOf({ places }: LabSite): StolenKey {
  const names = Object.values(BUCKETS);
  const objects = ["GetObject", "GetObjectVersion", "PutObject", "DeleteObject", "DeleteObjectVersion"];
  const looks = [
    ...["ListBucket", "ListBucketVersions", "GetBucketVersioning", "GetLifecycleConfiguration"],
    "GetBucketObjectLockConfiguration",
  ];
  const allow = (actions: readonly string[], below: string) =>
    names.map((name) => ({
      Effect: "Allow",
      Action: actions.map((action) => `s3:${action}`),
      Resource: `arn:aws:s3:::${name}${below}`,
    }));
  const policy = { Statement: [...allow(objects, "/*"), ...allow(looks, "")] };
  return JSON.parse(askLab(places, "s3-user", "cleaner", JSON.stringify(policy))) as StolenKey;
}

/** The program's own login on the nodes, with the rights that `make enrol` gives it and no other. */
async function programLogin({ sheet }: LabSite): Promise<string> {
  const pve = pveOf(sheet, NODE);
  const ask = (method: "POST" | "PUT", path: string, parameters: Record<string, string | boolean>) =>
    pve.ask(z.looseObject({ value: z.string().optional() }).nullable(), { method, path, parameters });
  try {
    await ask("POST", "/access/roles", { roleid: "Program", privs: pvePrivileges("apply").join(",") });
    await ask("POST", "/access/users", { userid: "pulumi@pve" });
    await ask("PUT", "/access/acl", { path: "/", users: "pulumi@pve", roles: "Program" });
    const made = await ask("POST", "/access/users/pulumi@pve/token/program", { privsep: false });
    return `pulumi@pve!program=${made?.value ?? ""}`;
  } finally {
    await pve.close();
  }
}
