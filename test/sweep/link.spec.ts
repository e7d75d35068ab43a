import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { askLab } from "../../tools/lab-site/lab";
import { placesOf } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { prepareLabVault, VAULT_STACK } from "../../tools/lab-site/vault";
import { changeSettings, run } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, onServer, onSite, pbsOf, runBackups, up } from "../engine/support/lab-site";

const HOME = "test-link-home";
const VAULT = "test-link-vault";
const GUESTS = ["110", "130", "140", "312", "610"];

/** Home is behind NAT: nobody reaches it from outside. The vault has an address, and fetches over what home dialled. */
describe("a vault that fetches from a home behind NAT", function () {
  inOrder(this);
  let home: LabSite;
  let vault: LabSite;

  before(async () => {
    forgetVault();
    home = await freshLabSite(HOME, "127.0.143");
    const { host, port, user, hostKey } = home.sheet.pbs["backup"]!.ssh;
    const ssh = { host, port, user, hostKey };
    changeSettings(home, (settings) => ({
      ...settings,
      backup: { ...(settings.backup as object), readers: ["vault@pbs"] },
      backupServer: { ...(settings as { backupServer?: object }).backupServer, ssh },
    }));
    await up(home);
    runBackups(home);
    askLab(home.places, "nat");
    vault = await prepareLabVault(VAULT, "127.0.144", {});
  });
  after(() => {
    forgetLabSite(HOME);
    forgetVault();
  });

  it("is set up by one line from the vault and one text from home, and both stacks come up", async () => {
    const identity = ["--identity-file", join(vault.places.root, "peer-identity.txt")];
    const endpoint = `${vault.sheet.pbs["vault"]!.address}:51820`;
    const card = await run(vault, "peer", "key", ...identity, "--link", "home", "--endpoint", endpoint);
    assert.equal(card.code, 0, card.stderr);
    const invited = await run(home, "peer", "invite", "--to", card.stdout.trim(), "--link", "vault", "--yes");
    assert.equal(invited.code, 0, invited.stderr);
    const text = join(vault.places.root, "invitation.txt");
    writeFileSync(text, invited.stdout);
    const where = ["--name", "home", "--file", text, "--path", "/tankc1/home-copies"];
    const accepted = await run(vault, "peer", "accept", ...where, ...identity, "--yes");
    assert.equal(accepted.code, 0, accepted.stderr);
    for (const site of [vault, home]) {
      const { code, stdout, stderr } = await run(site, "up", "--yes");
      assert.equal(code, 0, stdout + stderr);
    }
  });

  it("has every guest of home after the next run, over the link", async () => {
    await comesIn(() => pull(vault, "home"));
    const snapshots = await pbsOf(vault.sheet, "vault").snapshots("home-copies");
    const guests = snapshots.filter((one) => one["backup-type"] !== "host").map((one) => one["backup-id"]);
    assert.deepEqual([...new Set(guests)].toSorted(), GUESTS);
  });

  it("is left as it is by a second run on either side", async () => {
    for (const site of [home, vault]) {
      const again = await onSite(site, "up", "--yes", "--skip-preview", "--expect-no-changes");
      assert.equal(again.code, 0, again.stdout + again.stderr);
    }
  });

  it("holds no private key of the link: neither stack, neither state, neither text that went across", async () => {
    const keys: string[] = [];
    for (const [site, name, device] of [
      [home, "backup", "wg-vault"],
      [vault, "vault", "wg-home"],
    ] as const)
      keys.push((await onServer(site.sheet, name, `cat /etc/wireguard/${device}.key`)).trim());
    for (const site of [home, vault]) {
      const { stdout } = await site.stack.pulumi(
        ["stack", "export", "--show-secrets", "--stack", site.stack.program.stack],
        { quiet: true },
      );
      for (const key of keys) assert.equal(stdout.includes(key), false);
    }
  });

  it("fetches nothing without the link, and nothing past it", async () => {
    await onServer(home.sheet, "backup", "systemctl stop wg-quick@wg-vault");
    await assert.rejects(pull(vault, "home"), /timed out|Connection/);
    await onServer(home.sheet, "backup", "systemctl start wg-quick@wg-vault");
    await comesIn(() => pull(vault, "home"));
    const pbs = pbsOf(vault.sheet, "vault");
    const host = home.sheet.pbs["backup"]!.address;
    await pbs.updateRemote("home", { host });
    await assert.rejects(pull(vault, "home"));
    // The stack puts the way back.
    const { code, stdout, stderr } = await run(vault, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    await pull(vault, "home");
  });
});

function forgetVault(): void {
  forgetLabSite(VAULT, placesOf(VAULT, VAULT_STACK));
}

async function pull(site: LabSite, job: string): Promise<void> {
  const pbs = pbsOf(site.sheet, "vault");
  try {
    const upid = await pbs.ask(z.string(), { method: "POST", path: `/admin/sync/${job}/run`, parameters: {} });
    await pbs.taskEnd(upid);
  } finally {
    await pbs.close();
  }
}

/** A link that was made a moment ago is dialled again and again. */
async function comesIn(work: () => Promise<void>): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (round === 9) throw error;
      await new Promise((rested) => setTimeout(rested, 500));
    }
  }
}
