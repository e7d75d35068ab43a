import { strict as assert } from "node:assert";

import { refreshCache, type RefreshWays } from "../../../commands/bucket/refresh";
import { type Ran } from "../../../commands/ssh/node-shell";
import { type PbsClient } from "../../../provider/clients/pbs-client";

const INTO = { into: { datastore: "s3-copies", path: "/tankc1/s3-cache" } };

/** A server and its shell that do as they are told, and what they were told, in order. */
function ways(more: { readonly ran?: Partial<Ran>; readonly refresh?: Error; readonly mode?: string } = {}) {
  const done: string[] = [];
  const pbs = {
    ask: (_shape: unknown, { method, path, parameters }: { method: string; path: string; parameters?: object }) => {
      done.push(`${method} ${path}${parameters === undefined ? "" : ` ${JSON.stringify(parameters)}`}`);
      return Promise.resolve(
        method === "GET" ? { ...(more.mode !== undefined && { "maintenance-mode": more.mode }) } : "UPID:x",
      );
    },
    taskEnd: () => (more.refresh === undefined ? Promise.resolve() : Promise.reject(more.refresh)),
    snapshots: () => Promise.resolve([{}, {}]),
  } as unknown as PbsClient;
  const shell = {
    run: (command: string) => {
      done.push(command);
      return Promise.resolve({ code: 0, stdout: "0\n", stderr: "", ...more.ran });
    },
    read: () => Promise.resolve(""),
    close: () => undefined,
  };
  return { done, pbs, shell };
}

async function refreshed(order: Omit<RefreshWays, "emptied"> & { readonly emptied?: boolean }) {
  const lines: string[] = [];
  const end = await refreshCache(INTO, { emptied: false, ...order }, { say: (line) => lines.push(line) });
  return { end, said: lines.join("\n") };
}

const CLOSE = 'PUT /config/datastore/s3-copies {"maintenance-mode":"type=read-only"}';
const OPEN = 'PUT /config/datastore/s3-copies {"delete":["maintenance-mode"]}';
const FIND = "find '/tankc1/s3-cache/.chunks' -type f";
const EMPTY = `${FIND} -delete && ${FIND} | wc -l`;
const REFRESH = "PUT /admin/datastore/s3-copies/s3-refresh {}";
const LOOK = "GET /config/datastore/s3-copies";

describe("giving home's server what its bucket has", () => {
  it("lets no backup in while chunks are deleted, files only, and has the bucket read again before the next", async () => {
    const { done, ...order } = ways();
    const { end, said } = await refreshed(order);
    assert.equal(end, "done");
    assert.deepEqual(done, [CLOSE, EMPTY, REFRESH, LOOK]);
    assert.match(said, /has what its bucket has: 2 backups/);
  });

  it("opens the datastore again where the refresh left it closed", async () => {
    const { done, ...order } = ways({ mode: "type=read-only" });
    await refreshed(order);
    assert.deepEqual(done.at(-1), OPEN);
  });

  it("stops with the datastore as it was when chunks are left, or cannot be deleted", async () => {
    for (const [ran, why] of [
      [{ stdout: "7\n" }, /7 files are still there/],
      [{ code: 1, stderr: "find: Permission denied" }, /Permission denied/],
    ] as const) {
      const { done, ...order } = ways({ ran });
      await assert.rejects(refreshed(order), why);
      assert.deepEqual(done, [CLOSE, EMPTY, OPEN]);
    }
  });

  it("leaves the datastore closed when the bucket cannot be read, so that no run leaves a chunk out, and says so", async () => {
    const { done, ...order } = ways({ refresh: new Error("head object failed") });
    await assert.rejects(refreshed(order), /head object failed\nIt takes no backups until then\. Cure: /);
    assert.equal(done.includes(OPEN), false);
  });

  it("says what to do by hand where no root's shell is at hand, and changes nothing until somebody did", async () => {
    const { done, pbs } = ways();
    const { end, said } = await refreshed({ pbs, shell: undefined });
    assert.equal(end, "by hand");
    assert.deepEqual(done, []);
    assert.match(said, /find \/tankc1\/s3-cache\/\.chunks -type f -delete\n.*has to print 0\n.*--emptied/);
    assert.equal((await refreshed({ pbs, shell: undefined, emptied: true })).end, "done");
    assert.deepEqual(done, [CLOSE, REFRESH, LOOK]);
  });
});
