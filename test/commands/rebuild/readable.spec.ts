import { strict as assert } from "node:assert";

import { type Chosen } from "../../../commands/rebuild/plan";
import { readEach } from "../../../commands/rebuild/readable";
import { siteOf } from "../../../commands/report/knowledge";
import { readStackFile } from "../../../commands/stack-file";
import { ApiError, NotPermitted } from "../../../provider/clients/api-error";

const { estate } = siteOf({ settings: readStackFile("Pulumi.single-node.yaml"), siteFolder: "sites/single-node" });
const TIME = new Date("2026-11-25T21:00:00Z");

const CHOSEN: readonly Chosen[] = estate.guests.map((guest) => ({
  ...{ guest, node: guest.node },
  snapshot: {
    ...{ volume: `main:backup/${guest.kind}/${guest.vmid}/x`, kind: guest.kind, vmid: guest.vmid, time: TIME },
    ...{ size: 1, name: "", encryptedWith: undefined },
  },
}));

const damaged = () => new ApiError("PVE, GET extractconfig", 500, "no such chunk");

describe("backups that are opened before a rebuild is shown", () => {
  it("leave out the guest whose own is damaged, with the reason and which night to take, and no other", async () => {
    const read = ({ guest: { vmid } }: Chosen) => (vmid === 140 ? Promise.reject(damaged()) : Promise.resolve(vmid));
    const { readable, left } = await readEach({ chosen: CHOSEN, left: [] }, read);
    assert.deepEqual(
      readable.map(({ said }) => said),
      estate.guests.map(({ vmid }) => vmid).filter((vmid) => vmid !== 140),
    );
    assert.deepEqual(
      left.map(({ guest, lives }) => [guest, lives]),
      [["identity (140)", false]],
    );
    assert.match(left[0]!.why, /cannot be read: no such chunk\. .*--before 2026-11-25T20:59:59\.000Z$/);
  });

  it("stop it when none can be opened: then it is the key or the server, and not the backups", async () => {
    await assert.rejects(
      readEach({ chosen: CHOSEN, left: [] }, () => Promise.reject(damaged())),
      /no such chunk/,
    );
  });

  it("stop it when the login may not look, for nothing may be taken for damaged because of that", async () => {
    const refused = new NotPermitted("PVE, GET extractconfig", 403, "permission check failed");
    const read = ({ guest: { vmid } }: Chosen) => (vmid === 140 ? Promise.reject(refused) : Promise.resolve(vmid));
    await assert.rejects(readEach({ chosen: CHOSEN, left: [] }, read), /permission check failed/);
  });
});
