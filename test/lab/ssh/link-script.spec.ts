import { strict as assert } from "node:assert";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { connect as tls } from "node:tls";

import { LINK_SCRIPT } from "../../../components/offsite/link-script";
import { dialFrom, Links } from "../../../lab/link/links";
import { type Machine } from "../../../lab/core/machine";
import { LINK_KEY_SCRIPT } from "../../../provider/shell/link-key";
import { inOrder } from "../../engine/support/in-order";
import { prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

interface End {
  readonly shell: ShellSite;
  readonly machine: Machine;
}

/** The library's own scripts on the backup servers of two sites, of which one is behind NAT. */
describe("a link between two backup servers", function () {
  inOrder(this);
  let home: End;
  let vault: End;
  const keys: Record<string, string> = {};

  const end = async (number: number): Promise<End> => {
    const description = { name: "elsewhere", nodes: [], pbs: [{ name: "pbs", host: 40, disks: [] }] };
    const shell = await ShellSite.start(prefixOf(number), description);
    return { shell, machine: shell.site.machine("pbs", 40) };
  };
  const script = (of: End, text: string, lines: Record<string, string>) => {
    const input = Object.entries({ interface: "wg-other", ...lines }).map(([key, value]) => `${key}=${value}`);
    return of.shell.run("pbs", `bash -c '${text.replaceAll("'", "'\\''")}' <<'LINES'\n${input.join("\n")}\nLINES`);
  };
  const atHome = (changes: Record<string, string> = {}) =>
    script(home, LINK_SCRIPT, {
      ...{ address: "10.255.0.1", peerAddress: "10.255.0.2", servedPort: "8007", peerKey: keys["vault"]! },
      ...{ endpoint: `${vault.machine.address}:51820`, ...changes },
    });
  const atVault = (changes: Record<string, string> = {}) =>
    script(vault, LINK_SCRIPT, {
      ...{ address: "10.255.0.2", peerAddress: "10.255.0.1", listenPort: "51820", peerKey: keys["home"]! },
      ...changes,
    });
  const file = (of: End, path: string) => Links.of(of.machine).then((links) => links.file(path));
  /** What the vault gets from home's backup server over this address. */
  const reached = async (host: string, port: number, from = vault): Promise<string> => {
    const socket = await dialFrom(from.machine, host, port);
    socket.on("error", () => undefined);
    return new Promise((done) => {
      const secure = tls({ socket, rejectUnauthorized: false }, () => {
        const { fingerprint256 } = secure.getPeerCertificate();
        secure.destroy();
        done(fingerprint256);
      });
      for (const event of ["error", "close"])
        secure.once(event, () => {
          done("");
        });
    });
  };

  before(async () => {
    home = await end(94);
    vault = await end(95);
    await home.shell.site.control.run("nat", { on: true });
  });
  after(async () => {
    await home.shell.stop();
    await vault.shell.stop();
  });

  it("begins with a key that is made on each machine, shown by its public half alone, and made once", async () => {
    for (const [name, of] of Object.entries({ home, vault })) {
      const first = await script(of, LINK_KEY_SCRIPT, {});
      assert.equal(first.code, 0, first.stderr);
      const again = await script(of, LINK_KEY_SCRIPT, {});
      assert.equal(again.stdout, first.stdout);
      keys[name] = (JSON.parse(first.stdout) as { publicKey: string }).publicKey;
      const secret = readFileSync(await file(of, "/etc/wireguard/wg-other.key"), "utf8").trim();
      assert.equal(first.stdout.includes(secret) || first.stderr.includes(secret), false);
    }
    assert.notEqual(keys["home"], keys["vault"]);
  });

  it("does not reach who is behind NAT without it", async () => {
    assert.equal(await reached(home.machine.address, 8007), "");
    await assert.rejects(reached("10.255.0.1", 8007), /No route to host/);
  });

  it("reaches it over what the side behind NAT dialled, at port 8007 and at no other", async () => {
    for (const set of [atVault, atHome]) {
      const { code, stderr } = await set();
      assert.equal(code, 0, stderr);
    }
    const other = createServer((socket) => socket.end("open")).listen(8008, home.machine.address);
    await once(other, "listening");
    await comesUp(() => reached("10.255.0.1", 8007));
    await assert.rejects(reached("10.255.0.1", 8008), /timed out/);
    await assert.rejects(reached("10.255.0.1", 2222), /timed out/);
    other.close();
  });

  it("lets nobody come the other way: the side that fetches serves nothing", async () => {
    assert.equal(await reached("10.255.0.2", 8007, home).catch(() => ""), "");
  });

  it("is left alone when it is as it should be", async () => {
    const before = home.shell.site.events.all().length;
    assert.equal((await atHome()).code, 0);
    const since = home.shell.site.events.all().slice(before);
    assert.equal(
      since.some(({ text }) => text.includes("systemctl restart")),
      false,
    );
  });

  it("keeps the former one up when a new one does not come up", async () => {
    const path = await file(home, "/etc/wireguard/wg-other.conf");
    const before = readFileSync(path, "utf8");
    const { code, stderr } = await atHome({ listenPort: "70000" });
    assert.equal(code, 1);
    assert.match(stderr, /did not come up, and the former one is back/);
    assert.equal(readFileSync(path, "utf8"), before);
    await comesUp(() => reached("10.255.0.1", 8007));
  });

  it("is refused where the interface is somebody else's, the port is taken, or the key is its own", async () => {
    const theirs = await file(home, "/etc/wireguard/wg-theirs.conf");
    writeFileSync(theirs, "[Interface]\nAddress = 10.9.0.1/32\n");
    const foreign = await atHome({ interface: "wg-theirs" });
    assert.match(foreign.stderr, /wg-theirs.conf is there and not ours; .*nothing was changed/);
    assert.equal(readFileSync(theirs, "utf8"), "[Interface]\nAddress = 10.9.0.1/32\n");
    const taken = await atVault({ interface: "wg-third", address: "10.255.1.2", peerAddress: "10.255.1.1" });
    assert.match(taken.stderr, /port 51820 is that of interface wg-other; .*nothing was changed/);
    assert.equal(existsSync(await file(vault, "/etc/wireguard/wg-third.conf")), false);
    assert.match((await atHome({ peerKey: keys["home"]! })).stderr, /own; exchange the keys anew, nothing was changed/);
  });

  it("lets nobody in with another key than the one that was exchanged", async () => {
    const strange = await script(vault, LINK_KEY_SCRIPT, { interface: "wg-strange" });
    const { publicKey } = JSON.parse(strange.stdout) as { publicKey: string };
    assert.equal((await atHome({ peerKey: publicKey })).code, 0);
    await assert.rejects(reached("10.255.0.1", 8007), /timed out/);
    assert.equal((await atHome()).code, 0);
    await comesUp(() => reached("10.255.0.1", 8007));
  });
});

/** The side behind NAT dials again and again: a moment passes before it is through. */
async function comesUp(look: () => Promise<string>): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const seen = await look().catch(() => "");
    if (seen !== "") return;
    await new Promise((rested) => setTimeout(rested, 100));
  }
  assert.fail("the link did not come up");
}
