import { strict as assert } from "node:assert";

import type * as z from "zod";

import { type ApiRequest } from "../../../provider/clients/https-client";
import { taskEnd, TaskFailed } from "../../../provider/clients/task";

const UPID = "UPID:vm:000011C2:0004D172:00000009:6B010436:create-datastore:main\\x2da:root@pam!adm:";

/** A server whose task runs for some looks, then ends; its log grows a line a look. */
function server(looks: number, exitstatus: string) {
  const asked: string[] = [];
  let seen = 0;
  const ask = <T>(shape: z.ZodType<T>, { path, parameters }: ApiRequest): Promise<T> => {
    asked.push(path);
    if (path.endsWith("/log")) {
      const lines = Array.from({ length: seen }, (_, index) => ({ n: index + 1, t: `line ${index + 1}` }));
      return Promise.resolve(shape.parse(lines.slice(Number(parameters?.["start"] ?? 0))));
    }
    seen++;
    return Promise.resolve(shape.parse(seen < looks ? { status: "running" } : { status: "stopped", exitstatus }));
  };
  return { ask, asked };
}

describe("A task", () => {
  it("is waited for to its end, and each line of its log is shown once", async () => {
    const lines: string[] = [];
    const { ask } = server(3, "OK");
    await taskEnd(ask, "localhost", UPID, { interval: 1, onLine: (line) => lines.push(line) });
    assert.deepEqual(lines, ["line 1", "line 2", "line 3"]);
  });

  it("is asked for by its whole name, encoded", async () => {
    const { ask, asked } = server(1, "OK");
    await taskEnd(ask, "localhost", UPID, { interval: 1 });
    assert.equal(asked[0], `/nodes/localhost/tasks/${encodeURIComponent(UPID)}/status`);
  });

  it("that ends with warnings has ended well", async () => {
    await taskEnd(server(1, "WARNINGS: 2").ask, "localhost", UPID, { interval: 1 });
  });

  for (const exitstatus of ["mkdir failed", "unknown", "abort requested - aborting task"]) {
    it(`that ends with "${exitstatus}" has failed, and its log says why`, async () => {
      const failed = taskEnd(server(2, exitstatus).ask, "localhost", UPID, { interval: 1 });
      await assert.rejects(failed, (error) => {
        assert.ok(error instanceof TaskFailed);
        assert.equal(error.exitStatus, exitstatus);
        assert.match(error.message, /line 1\n {2}line 2$/);
        return true;
      });
    });
  }

  it("that does not end is not waited for without end", async () => {
    const { ask } = server(Infinity, "OK");
    await assert.rejects(taskEnd(ask, "localhost", UPID, { interval: 1, patience: 5 }), /it still runs/);
  });
});
