import { strict as assert } from "node:assert";

import type * as z from "zod";

import { observe } from "../../../commands/observe";
import { parseObservation } from "../../../estate/observation";
import { valueOf } from "../../../estate/problem";
import { type ApiRequest } from "../../../provider/clients/https-client";

const PLANTED = "s3cr3t-planted";

/** A PVE that puts a secret into every place where somebody could have put one. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  "/nodes": [{ node: "tappaas1", status: "online", ssl_fingerprint: PLANTED }],
  "/access/permissions": { "/": { "Sys.Audit": 1, "Datastore.Audit": 1, "VM.Audit": 1, "Mapping.Audit": 1 } },
  "/cluster/status": [{ type: "node", name: "tappaas1", ip: PLANTED }],
  "/nodes/tappaas1/disks/zfs": [],
  "/nodes/tappaas1/disks/list": [{ devpath: "/dev/sda", size: 1, serial: PLANTED, wwn: PLANTED }],
  "/nodes/tappaas1/status": { pveversion: "pve-manager/9.2.1", kversion: PLANTED },
  "/nodes/tappaas1/time": { timezone: "Europe/Amsterdam" },
  "/nodes/tappaas1/dns": { search: PLANTED, dns1: "10.0.0.1", dns2: "9.9.9.9" },
  "/nodes/tappaas1/network": [{ iface: "lan", bridge_ports: "enp1s0", comments: PLANTED }],
  "/storage": [
    {
      storage: "nas",
      type: "cifs",
      content: "images",
      server: "nas.local",
      password: PLANTED,
      options: PLANTED,
      comment: PLANTED,
    },
    { storage: "backup", type: "pbs", content: "backup", "encryption-key": "0e:ab", "master-pubkey": PLANTED },
  ],
  "/cluster/resources": [{ vmid: 110, type: "qemu", node: "tappaas1", name: "firewall", tags: PLANTED }],
  "/nodes/tappaas1/qemu/110/config": {
    cores: 2,
    memory: "4096",
    description: PLANTED,
    cipassword: PLANTED,
    args: PLANTED,
    sshkeys: PLANTED,
    scsi0: "tanka1:vm-110-disk-0,size=8G",
  },
  "/cluster/backup": [
    { id: "nightly", schedule: "21:00", mailto: PLANTED, script: PLANTED, "notes-template": PLANTED },
  ],
  "/cluster/ha/resources": [{ sid: "vm:110", comment: PLANTED }],
  "/cluster/ha/rules": [{ rule: "r", comment: PLANTED }],
  "/cluster/config/qdevice": { "QNetd host": "10.0.0.9:5403", State: "Connected", Algorithm: PLANTED },
  "/cluster/replication": [{ id: "110-0", target: "tappaas2", comment: PLANTED }],
  "/cluster/notifications/targets": [
    {
      name: "phone",
      type: "webhook",
      url: `https://push.example/${PLANTED}`,
      header: PLANTED,
      secret: PLANTED,
      comment: PLANTED,
    },
    { name: "gotify", type: "gotify", server: `https://${PLANTED}@gotify.example`, token: PLANTED },
  ],
  "/cluster/notifications/matchers": [{ name: "all", target: ["phone"], "match-field": [PLANTED], comment: PLANTED }],
};

const ask = <T>(shape: z.ZodType<T>, { path }: ApiRequest): Promise<T> => {
  assert.ok(path in ANSWERS, `the test has no answer to ${path}`);
  return Promise.resolve(shape.parse(ANSWERS[path]));
};

describe("what is written down of a site", () => {
  it("holds no secret, wherever one was put", async () => {
    const observation = await observe({ ask, pbs: undefined }, "sites/home");
    assert.ok(!JSON.stringify(observation).includes(PLANTED));
    for (const part of [
      observation.nodes,
      observation.guests,
      observation.notifications,
      observation.storages,
      observation.disks,
    ]) {
      assert.equal(part?.complete, true);
      assert.ok(part.items.length > 0);
    }
  });

  it("is read back by the program as it was written", async () => {
    const observation = await observe({ ask, pbs: undefined }, "sites/home");
    const back = valueOf(parseObservation(JSON.parse(JSON.stringify(observation)), "observed.json"), "observed.json");
    assert.deepEqual(back, observation);
  });
});
