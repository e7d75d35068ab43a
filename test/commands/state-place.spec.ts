import { strict as assert } from "node:assert";

import { mountsOf, statePlaceProblem } from "../../commands/state-place";

const SITE = { hosts: ["10.0.0.10", "backup.mgmt.internal"], guests: ["tappaas-cicd", "minio"] };
const MOUNTS = mountsOf(
  "/dev/sda1 / ext4 rw 0 0\n10.0.0.10:/tanka1/share /mnt/node nfs4 rw 0 0\n//nas/state /mnt/nas cifs rw 0 0\n" +
    "root@backup:/srv /mnt/backup fuse.sshfs rw 0 0\n",
);
const problem = (place: string, name = "laptop") => statePlaceProblem(place, SITE, { name, mounts: MOUNTS });

describe("the place of a stack's state", () => {
  it("may be this machine, a share of another or a cloud", () => {
    for (const place of [
      "file:///srv/pulumi",
      "file://~/state",
      "file:///mnt/nas/x",
      "s3://bucket?region=eu-west-1",
      "https://api.pulumi.com",
    ])
      assert.equal(problem(place), undefined, place);
  });

  it("is refused on a share of a node or of the backup server", () => {
    assert.match(problem("file:///mnt/node/pulumi") ?? "", /comes from 10\.0\.0\.10/);
    assert.match(problem("file:///mnt/backup") ?? "", /comes from backup/);
    assert.equal(problem("file:///mnt/nodes"), undefined);
  });

  it("is refused in an object store that runs in a guest of the site", () => {
    assert.match(
      problem("s3://bucket?endpoint=http://minio.srv.internal:9000&s3ForcePathStyle=true") ?? "",
      /is on minio/,
    );
  });

  it("is refused on a machine that is itself a guest of the site", () => {
    assert.match(problem("file:///srv/pulumi", "tappaas-cicd") ?? "", /this machine is the guest tappaas-cicd/);
    assert.equal(problem("file:///mnt/nas/pulumi", "tappaas-cicd"), undefined);
  });
});
