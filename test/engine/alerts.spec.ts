import { strict as assert } from "node:assert";
import { createServer, type Server } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { askLab as askControl } from "../../lab/core/control";
import { askLab } from "../../tools/lab-site/lab";
import { type LabSite } from "../../tools/lab-site/prepare";
import { inOrder } from "./support/in-order";
import { forgetLabSite, freshLabSite, pveOf, up } from "./support/lab-site";

/** Who is told, and a dead-man switch: both listen outside the site. */
class Receiver {
  readonly heard: { readonly path: string; readonly body: string }[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        this.heard.push({ path: request.url ?? "", body: Buffer.concat(parts).toString("utf8") });
        response.end("ok");
      });
    });
  }

  listen(host: string): Promise<string> {
    return new Promise((done) => {
      this.#server.listen(8000, host, () => {
        done(`http://${host}:8000`);
      });
    });
  }

  /** What came since the last time that somebody asked. */
  take(path: string): string[] {
    const found = this.heard.filter((one) => one.path === path).map(({ body }) => body);
    this.heard.length = 0;
    return found;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** Parts of the addresses that only owner and receiver know. */
const [FAILURES, HEARTBEAT] = ["/push/f4ilures-secret", "/ping/h3artbeat-secret"];

const KEY = "tappaas-resilience:settings";

interface StackFile {
  readonly config: Record<typeof KEY, { backupServer: { fingerprint: string }; key: { fingerprint: string } }>;
}

function watch({ stack, places }: LabSite) {
  return stack.command(["watch", "--send", "--settings", places.stackFile], { quiet: true });
}

/** The jobs of one night. Asked for without holding this process up: it is the one that listens. */
async function night({ places }: LabSite): Promise<void> {
  await askControl(join(places.lab, "control.sock"), "run-jobs", {});
}

describe("a site that tells its owner", function () {
  inOrder(this);
  const receiver = new Receiver();
  let site: LabSite;

  before(async () => {
    site = await freshLabSite("test-alerts", "127.0.51");
    const address = await receiver.listen("127.0.51.99");
    const secrets = { alertAddress: `${address}${FAILURES}`, heartbeatAddress: `${address}${HEARTBEAT}` };
    const bare = await site.stack.onStack(["preview"], { quiet: true });
    assert.match(bare.stdout + bare.stderr, /nobody is told when a backup fails/);
    for (const [key, value] of Object.entries(secrets)) {
      const { code } = await site.stack.onStack(["config", "set", "--secret", key], { quiet: true, input: value });
      assert.equal(code, 0);
    }
    await up(site);
  });

  after(() => {
    receiver.close();
    forgetLabSite("test-alerts");
  });

  it("sends a sign of life after each night that went well, and no alarm", async () => {
    await night(site);
    const heard = receiver.heard.map(({ path }) => path);
    receiver.heard.length = 0;
    assert.deepEqual(heard, [HEARTBEAT]);
  });

  it("raises the alarm when a backup fails, with the guest in it, and sends no sign of life", async () => {
    askLab(site.places, "fault", "backup", "status-500", "*", "--times", "3");
    await night(site);
    askLab(site.places, "clear-faults");
    assert.deepEqual(
      receiver.heard.map(({ path }) => path),
      [FAILURES],
    );
    const [alarm = ""] = receiver.take(FAILURES);
    assert.match(alarm, /backup failed/);
    assert.match(alarm, /ERROR: Backup of VM \d+ failed/);
  });

  it("raises the alarm when the backup server is off for a night", async () => {
    askLab(site.places, "fault", "backup", "down", "--times", "200");
    await night(site);
    askLab(site.places, "clear-faults");
    assert.deepEqual(receiver.take(FAILURES).length, 1);
  });

  it("changes nothing the second time", async () => {
    const { code, stdout } = await site.stack.onStack(["up", "--yes", "--skip-preview", "--expect-no-changes"], {
      quiet: true,
    });
    assert.equal(code, 0, stdout);
  });

  it("keeps the addresses to itself: not in the state, not in what it writes down, not in PVE's answers", async () => {
    const state = await site.stack.pulumi(["stack", "export", "--stack", "single-node"], { quiet: true });
    const { stdout } = await site.stack.command(["observe", "--settings", site.places.stackFile, "--json"], {
      quiet: true,
    });
    const observed = readFileSync(join(site.places.site, "observed.json"), "utf8");
    const webhooks = JSON.stringify(await pveOf(site.sheet, "tappaas1").webhooks());
    for (const text of [state.stdout, stdout, observed, webhooks]) {
      assert.ok(text.length > 2);
      for (const secret of ["f4ilures-secret", "h3artbeat-secret"]) assert.ok(!text.includes(secret));
    }
  });

  it("reports what PVE and PBS say nothing of: a full datastore, a sheet that nobody looked at, another certificate", async () => {
    await askControl(join(site.places.lab, "control.sock"), "pbs-settings:backup", { diskSize: 100_000 });
    const place = { who: "the owner's sister", where: "a safe", checked: "2020-01-01" };
    const { fingerprint } = (parse(readFileSync(site.places.stackFile, "utf8")) as StackFile).config[KEY].key;
    const record = { version: 1, fingerprint, places: [place] };
    writeFileSync(join(site.places.site, "escrow.json"), JSON.stringify(record));
    assert.equal((await watch(site)).code, 2);
    const [first = ""] = receiver.take(FAILURES);
    assert.match(first, /datastore tappaas_backup: it is \d+ % full/);
    assert.match(first, /escrow sheet of the owner's sister, a safe: nobody has looked at it for \d+ days/);

    const written = readFileSync(site.places.stackFile, "utf8");
    const other = parse(written) as StackFile;
    other.config[KEY].backupServer.fingerprint = "0e:".repeat(31) + "0e";
    writeFileSync(site.places.stackFile, stringify(other));
    assert.equal((await watch(site)).code, 2);
    writeFileSync(site.places.stackFile, written);
    const [second = ""] = receiver.take(FAILURES);
    assert.match(second, /certificate of 127\.0\.51\.\d+:8007: it is another than the settings name/);
    assert.match(second, /backups: they could not be seen/);
  });

  it("goes on with what PVE told root before", async () => {
    const matchers = await pveOf(site.sheet, "tappaas1").matchers();
    assert.deepEqual(matchers.find(({ name }) => name === "default-matcher")?.target, ["mail-to-root"]);
  });
});
