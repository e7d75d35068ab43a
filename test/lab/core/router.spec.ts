import { strict as assert } from "node:assert";

import { Router } from "../../../lab/core/router";

describe("the lab's router", () => {
  const router = new Router([
    { name: "GET /nodes/{node}/tasks/{upid}/status" },
    { name: "GET /nodes/{node}/storage/{storage}/content/{volume}" },
    { name: "GET /cluster/backup/{id}" },
    { name: "GET /cluster/backup/included" },
    { name: "POST /cluster/backup" },
  ]);

  it("splits a path before it decodes it", () => {
    const found = router.find("GET", "/nodes/n1/storage/pbs/content/pbs:backup%2Fvm%2F110%2F2026");
    assert.equal(found?.parameters["volume"], "pbs:backup/vm/110/2026");
  });

  it("takes an exclamation mark encoded or bare", () => {
    for (const upid of ["UPID:a:root@pam!t:", "UPID:a:root@pam%21t:"]) {
      assert.equal(router.find("GET", `/nodes/n1/tasks/${upid}/status`)?.parameters["upid"], "UPID:a:root@pam!t:");
    }
  });

  it("ignores a slash at the end", () => {
    assert.equal(router.find("POST", "/cluster/backup/")?.operation.name, "POST /cluster/backup");
  });

  it("prefers a fixed word to a parameter", () => {
    assert.equal(router.find("GET", "/cluster/backup/included")?.operation.name, "GET /cluster/backup/included");
  });

  it("finds nothing for another verb or a longer path", () => {
    assert.equal(router.find("PUT", "/cluster/backup"), undefined);
    assert.equal(router.find("GET", "/cluster/backup/a/b"), undefined);
  });
});
