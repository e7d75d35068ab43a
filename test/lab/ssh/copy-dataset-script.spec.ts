import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { COPY_DATASET_SCRIPT } from "../../../components/offsite/copy-dataset-script";
import { parseSiteDescription } from "../../../lab/core/site-description";
import { inOrder } from "../../engine/support/in-order";
import { prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

const DAY = 86_400_000;

/** The library's own script on a node whose pools keep copies. */
describe("a dataset for copies", function () {
  inOrder(this);
  let shell: ShellSite;
  let node: string;

  const set = (lines: Record<string, string>) => {
    const all = { path: "/tanka1/home-copies", quota: "", days: "", at: "12:00", name: "home", ...lines };
    const input = Object.entries(all).map(([key, value]) => `${key}=${value}`);
    return shell.run(
      node,
      `bash -c '${COPY_DATASET_SCRIPT.replaceAll("'", "'\\''")}' <<'LINES'\n${input.join("\n")}\nLINES`,
    );
  };
  const out = async (command: string) => (await shell.run(node, command)).stdout.trim();
  const snapshots = async () =>
    (await out("zfs list -H -t snapshot -d 1 -o name tanka1/home-copies")).split("\n").filter((line) => line !== "");
  // Names of its snapshots say the second, by the machine's clock: one a second.
  const nightly = async () => {
    const { code, stderr } = await shell.run(node, "sleep 1.1; systemctl start tappaas-snapshots-home.service");
    assert.equal(code, 0, stderr);
  };

  before(async () => {
    const text = readFileSync(join(__dirname, "../../../lab/sites/single-node.json"), "utf8");
    shell = await ShellSite.start(prefixOf(96), parseSiteDescription(text));
    node = "tappaas1";
  });
  after(() => shell.stop());

  it("is made once where there is none, with the quota that was asked for", async () => {
    const { code, stdout, stderr } = await set({ quota: String(2 * 1024 ** 4) });
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { dataset: "tanka1/home-copies", made: true });
    assert.equal(await out("zfs get -H -p -o value quota tanka1/home-copies"), String(2 * 1024 ** 4));
    assert.equal((JSON.parse((await set({})).stdout) as { made: boolean }).made, false);
    assert.equal(await out("zfs get -H -p -o value quota tanka1/home-copies"), String(2 * 1024 ** 4));
  });

  it("gets no quota below what it holds, and none is made where nothing is mounted above it", async () => {
    const small = await set({ quota: "1024" });
    assert.match(small.stderr, /holds \d+ bytes, and the quota would be 1024; .*not changed/);
    assert.equal(await out("zfs get -H -p -o value quota tanka1/home-copies"), String(2 * 1024 ** 4));
    const nowhere = await set({ path: "/nowhere/home-copies" });
    assert.match(nowhere.stderr, /no dataset is mounted at \/nowhere.*nothing was changed/);
  });

  it("is not made of a directory that holds something: nothing is moved or emptied", async () => {
    const full = await set({ path: "/srv/full" }).then(async () => {
      await shell.run(node, "mkdir -p /srv/full; echo data >/srv/full/file");
      return set({ path: "/srv/full" });
    });
    assert.match(full.stderr, /directory with something in it, and no dataset of its own; .*nothing was changed/);
    assert.equal(await out("cat /srv/full/file"), "data");
  });

  it("has a snapshot of each day, and of its own none older than asked; foreign ones stay for ever", async () => {
    const { code, stderr } = await set({ days: "7" });
    assert.equal(code, 0, stderr);
    assert.equal(await out("systemctl is-enabled tappaas-snapshots-home.timer"), "enabled");
    await shell.run(node, "zfs snapshot tanka1/home-copies@mine");
    const begun = shell.site.clock.now();
    for (let day = 0; day < 10; day += 1) {
      shell.site.clock.set(begun + day * DAY, false);
      await nightly();
    }
    const names = await snapshots();
    assert.ok(names.includes("tanka1/home-copies@mine"));
    assert.equal(names.filter((name) => name.includes("@tappaas-")).length, 10);
  });

  it("keeps the newest three whatever the clock says, and ends older ones of its own alone", async () => {
    // The machine's clock is this one's: with no day allowed, all but the newest three are too old.
    await shell.run(node, "sed -i 's/ 7$/ -400/' /etc/systemd/system/tappaas-snapshots-home.service");
    await nightly();
    const names = await snapshots();
    assert.ok(names.includes("tanka1/home-copies@mine"));
    assert.equal(names.filter((name) => name.includes("@tappaas-")).length, 3);
  });

  it("leaves alone what somebody else wrote under its names", async () => {
    await shell.run(node, "echo mine >/etc/systemd/system/tappaas-snapshots-other.timer");
    const { stderr } = await set({ name: "other", days: "7" });
    assert.match(stderr, /tappaas-snapshots-other.timer is there and not ours; move it away, nothing was changed/);
    assert.equal(await out("cat /etc/systemd/system/tappaas-snapshots-other.timer"), "mine");
  });
});
