import { strict as assert } from "node:assert";
import { rmSync } from "node:fs";

import * as z from "zod";

import { readAnyStackFile } from "../../commands/stack-file";
import { estateOf } from "../../estate/estate";
import { valueOf } from "../../estate/problem";
import { readSiteFolder } from "../../estate/site-folder";
import { connect } from "../../lab/pbs/client";
import { newPrivateKey, publicLine } from "../../lab/ssh/ssh-key";
import { isDestroyed, openedBy } from "../../planning/aftermath";
import * as credentials from "../../planning/credentials";
import { deletionResistance } from "../../planning/deletion-resistance";
import { modelOf } from "../../planning/site-model";
import { parseToken } from "../../provider/clients/login";
import { pvePrivileges } from "../../provider/rights/pve-rights";
import { stopLab } from "../../tools/lab-site/lab";
import { placesOf } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { copyReaderOf, prepareLabVault, VAULT_STACK } from "../../tools/lab-site/vault";
import { changeSettings, run } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, onNode, pbsOf, pveOf, runBackups, up } from "../engine/support/lab-site";
import { CANARY, tried, type Door } from "./compromise/attempts";
import { documented, fewestToDestroyAll, type Act, type CopyName, type Verdict } from "./compromise/table";
import { type Stolen, type Thief } from "./compromise/thief";

const HOME = "test-compromise-home";
const VAULT = "test-compromise-vault";
const NODE = "tappaas1";
const COPIES: readonly CopyName[] = ["the guest itself", "the backup at home", "the copy at the vault"];

/** Each credential that there is, and what it reaches: tried one by one, and held against docs/how-to/compromise.md. */
describe("whoever takes a credential", function () {
  inOrder(this);
  let home: LabSite;
  let vault: LabSite;
  let doors: { readonly home: Door; readonly vault: Door };
  let thieves: readonly Thief[];
  const seen = new Map<string, Map<CopyName, Readonly<Record<Act, Verdict>>>>();

  before(async () => {
    forgetVault();
    home = await freshLabSite(HOME, "127.0.147");
    changeSettings(home, (settings) => ({
      ...settings,
      backup: { ...(settings.backup as object), readers: ["vault@pbs"] },
      offsite: { vault: { kind: "vault", place: "elsewhere", reader: "vault@pbs" } },
    }));
    const stackKey = newPrivateKey("stack");
    await onNode(home.sheet, NODE, `mkdir -p ~/.ssh; echo '${publicLine(stackKey)}' >>~/.ssh/authorized_keys`);
    await setSecret(home, "sshPrivateKey", stackKey);
    await setSecret(home, "pveApiToken", await programLogin(home));
    await up(home);
    runBackups(home);
    const reader = (await copyReaderOf(home, "vault@pbs"))!;
    vault = await prepareLabVault(VAULT, "127.0.148", { home: reader });
    const upped = await run(vault, "up", "--yes");
    assert.equal(upped.code, 0, upped.stdout + upped.stderr);
    await pull(vault);
    doors = await doorsOf(home, vault);
    thieves = await thievesOf(home, vault, { authId: reader.authId, secret: reader.secret });
  });
  after(() => {
    forgetLabSite(HOME);
    forgetVault();
  });

  it("is refused by a server, and not by a mistake in the attempt: with the owners' passwords each succeeds", async () => {
    const passwords = [
      home.sheet.nodes[NODE]!.logins["root@pam"].password,
      home.sheet.pbs["backup"]!.logins["root@pam"].password,
      vault.sheet.pbs["vault"]!.logins["root@pam"].password,
    ];
    const logins = passwords.map((secret) => ({ authId: "root@pam", secret }));
    const owners: Thief = { credential: "all of them", logins, keys: [], root: [] };
    const ofServer = { delete: "yes", overwrite: "no", read: "encrypted", "lock out": "yes" };
    const expected = [{ delete: "yes", overwrite: "yes", read: "yes", "lock out": "yes" }, ofServer, ofServer];
    for (const [index, copy] of COPIES.entries()) {
      const verdicts = await tried(owners, copy, doors.home, doors.vault);
      assert.deepEqual(verdicts, expected[index], copy);
      await asBefore(home, vault, copy, verdicts);
    }
  });

  for (const [credential, copies] of documented()) {
    for (const copy of COPIES) {
      it(`${credential}: gets of ${copy} what the table says, and no more`, async () => {
        const thief = thieves.find((one) => one.credential === credential);
        assert.ok(thief !== undefined, `nobody tries ${credential}`);
        const verdicts = await tried(thief, copy, doors.home, doors.vault);
        seen.set(credential, (seen.get(credential) ?? new Map<CopyName, typeof verdicts>()).set(copy, verdicts));
        assert.deepEqual(verdicts, copies.get(copy));
        await asBefore(home, vault, copy, verdicts);
      });
    }
  }

  it("is in the table, whatever the credential: none is left out", () => {
    assert.deepEqual([...documented().keys()].toSorted(), thieves.map(({ credential }) => credential).toSorted());
  });

  it("needs one more from elsewhere to destroy every copy of a guest, and the plan says that number", () => {
    const model = plannedModel(home);
    const counts = new Set(deletionResistance(model).map(({ count }) => count));
    assert.deepEqual([...counts], [fewestToDestroyAll(seen)]);
    assert.ok([...counts].every((count) => count >= 2));
  });

  it("destroys what the plan says of that credential alone", () => {
    const model = plannedModel(home);
    const kinds = {
      live: "the guest itself",
      backup: "the backup at home",
      "off-site": "the copy at the vault",
    } as const;
    for (const [id, credential] of Object.entries(PLANNED)) {
      const opened = openedBy(model, [id]);
      const planned = new Set(
        model.copies.flatMap((copy) =>
          copy.kind in kinds && isDestroyed(copy, opened) ? [kinds[copy.kind as "live"]] : [],
        ),
      );
      const real = [...(seen.get(credential) ?? [])].filter(
        ([, { delete: gone, overwrite }]) => gone === "yes" || overwrite === "yes",
      );
      assert.deepEqual([...planned].toSorted(), real.map(([copy]) => copy).toSorted(), credential);
    }
  });

  it("is seen by a watch, where it blocked a group with a backup dated ahead", async () => {
    const { server, store, writer } = doors.home;
    const { address, fingerprint } = home.sheet.pbs[server]!;
    const at = { server: address, port: 8007, fingerprint, ...writer, datastore: store, ns: "" };
    const time = Math.floor(Date.UTC(2096, 0, 1) / 1_000);
    await connect(at).backup({ ...CANARY, time, blobs: { "x.conf": Buffer.from("x") }, images: {} });
    const { stdout } = await run(home, "watch", "--json");
    assert.match(stdout, /host\/canary in tappaas_backup[\s\S]*dated 2096-01-01[\s\S]*make rotate/);
  });
});

/** Rows of the table that the plan counts as a credential. */
const PLANNED = {
  [credentials.NODE_ROOT]: "root on a node",
  [credentials.NODE_ADMIN]: "the program's login on the nodes",
  [credentials.SERVER_ROOT]: "root on the backup server",
  [credentials.SERVER_ADMIN]: "the program's login on the backup server",
  [credentials.WRITER]: "the nodes' login on the backup server",
  [credentials.PASSPHRASE]: "home's state and passphrase",
  "credential:off-site:vault": "the vault's own login",
} as const;

/** What the plan is made of, as `make report` makes it. */
function plannedModel({ places }: LabSite) {
  const settings = readAnyStackFile(places.stackFile);
  assert.ok(settings.role === "site");
  const { inventory, observation } = valueOf(readSiteFolder(places.site), settings.site);
  return modelOf(valueOf(estateOf({ inventory, settings, observation }), "estate"), { observation });
}

/** Each thief, with what is found from what was taken: it is read from where it lies. */
async function thievesOf(home: LabSite, vault: LabSite, reader: Stolen): Promise<Thief[]> {
  const [server, other] = [home.sheet.pbs["backup"]!, vault.sheet.pbs["vault"]!];
  const writer = {
    authId: "tappaas@pbs!pve",
    secret: (await onNode(home.sheet, NODE, "cat /etc/pve/priv/storage/tappaas_backup.pw")).trim(),
  };
  const backupKey = await onNode(home.sheet, NODE, "cat /etc/pve/priv/storage/tappaas_backup.enc");
  const [own, theirs] = [await secretsOf(home), await secretsOf(vault)];
  const onNodes = { logins: [writer], backupKey };
  const program = tokenOf(own, "pveApiToken");
  const admin = tokenOf(own, "pbsToken");
  const theirLogin = tokenOf(theirs, "pbsToken");
  const nothing = { logins: [] as Stolen[], keys: [] as string[], root: [] };
  const known = ["root@pam", writer.authId, admin.authId, program.authId, reader.authId];
  const rootOf = (password: string): Stolen => ({ authId: "root@pam", secret: password });
  return [
    {
      ...{ ...nothing, ...onNodes, credential: "root on a node", root: ["node"] },
      logins: [writer, rootOf(home.sheet.nodes[NODE]!.logins["root@pam"].password)],
    },
    { ...nothing, ...onNodes, credential: "the SSH key of the control VM", keys: [own["sshPrivateKey"]!] },
    { ...nothing, credential: "the program's login on the nodes", logins: [program] },
    {
      ...{ ...nothing, credential: "root on the backup server", root: ["home server"] },
      logins: [rootOf(server.logins["root@pam"].password)],
    },
    { ...nothing, credential: "the program's login on the backup server", logins: [admin] },
    { ...nothing, credential: "the nodes' login on the backup server", logins: [writer] },
    { ...nothing, credential: "the login with which the vault fetches", logins: [reader] },
    {
      ...{ ...nothing, credential: "home's state and passphrase", keys: [own["sshPrivateKey"]!], backupKey },
      logins: [program, admin, writer],
    },
    {
      ...{ ...nothing, credential: "root at the vault", root: ["vault server"] },
      logins: [rootOf(other.logins["root@pam"].password), reader],
    },
    { ...nothing, credential: "the vault's own login", logins: [theirLogin] },
    {
      ...{ ...nothing, credential: "the vault's state and passphrase", keys: [theirs["sshPrivateKey"]!] },
      logins: [theirLogin, { authId: reader.authId, secret: theirs["homeReader"]! }],
    },
    {
      ...{ ...nothing, credential: "the Cloudflare token" },
      logins: known.map((authId) => ({ authId, secret: "a-token-of-cloudflare" })),
    },
  ];
}

async function doorsOf(home: LabSite, vault: LabSite) {
  const secret = (await onNode(home.sheet, NODE, "cat /etc/pve/priv/storage/tappaas_backup.pw")).trim();
  const at = {
    store: "tappaas_backup",
    path: "/tankc1/tappaas_backup",
    server: "backup",
    machine: "home server",
  } as const;
  const there = {
    store: "home-copies",
    path: "/tankc1/home-copies",
    server: "vault",
    machine: "vault server",
  } as const;
  const { logins } = vault.sheet.pbs["vault"]!;
  const doors: { home: Door; vault: Door } = {
    home: { site: home, ...at, writer: { authId: "tappaas@pbs!pve", secret } },
    vault: { site: vault, ...there, writer: { authId: "root@pam", secret: logins["root@pam"].password } },
  };
  for (const { site, server, store, writer } of Object.values(doors)) {
    const { address, fingerprint } = site.sheet.pbs[server]!;
    const target = { server: address, port: 8007, fingerprint, ...writer, datastore: store, ns: "" };
    const time = Math.floor(Date.now() / 1_000) - 60;
    await connect(target).backup({ ...CANARY, time, blobs: { "x.conf": Buffer.from("x") }, images: {} });
  }
  return doors;
}

/** What a thief deleted is made anew, so that the next one finds everything. */
async function asBefore(home: LabSite, vault: LabSite, copy: CopyName, verdicts: Readonly<Record<Act, Verdict>>) {
  if (verdicts.delete !== "yes" && verdicts["lock out"] !== "yes") return;
  if (copy === "the backup at home") runBackups(home);
  if (copy === "the copy at the vault") await pull(vault);
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

async function setSecret({ stack }: LabSite, key: string, input: string): Promise<void> {
  const { code, stderr } = await stack.onStack(["config", "set", "--secret", key], { quiet: true, input });
  assert.equal(code, 0, stderr);
}

/** Everything that the stack's passphrase opens. */
async function secretsOf({ stack }: LabSite): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await stack.onStack(["config", "--show-secrets", "--json"], { quiet: true });
  const values = JSON.parse(stdout) as Record<string, { value?: string }>;
  return Object.fromEntries(
    Object.entries(values).map(([key, { value = "" }]) => [key.slice(key.indexOf(":") + 1), value]),
  );
}

function tokenOf(secrets: Readonly<Record<string, string>>, key: string): Stolen {
  const login = parseToken(secrets[key] ?? "", key === "pbsToken" ? "PBS" : "PVE");
  assert.ok("tokenId" in login);
  return { authId: login.tokenId, secret: login.secret };
}

async function pull(site: LabSite): Promise<void> {
  const pbs = pbsOf(site.sheet, "vault");
  const upid = await pbs.ask(z.string(), { method: "POST", path: "/admin/sync/home/run", parameters: {} });
  await pbs.taskEnd(upid);
  await pbs.close();
}

function forgetVault(): void {
  const places = placesOf(VAULT, VAULT_STACK);
  stopLab(places);
  rmSync(places.root, { recursive: true, force: true });
}
