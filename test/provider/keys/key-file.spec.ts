import { strict as assert } from "node:assert";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { KeyError, mintBackupKey } from "../../../provider/keys/backup-key";
import { keepKeyFile, mintKeyFile, readKeyFile } from "../../../provider/keys/key-file";
import { FileExists, writePrivateFile } from "../../../provider/keys/private-file";

describe("a key file", () => {
  let folder: string;
  let paths: { keyFile: string; identityFile: string };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "key-file-"));
    paths = { keyFile: join(folder, "keys", "backup-key.age"), identityFile: join(folder, "keys", "identity.txt") };
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function refusal(run: Promise<unknown>): Promise<string> {
    const error: unknown = await run.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof KeyError, String(error));
    return error.message;
  }

  it("gives the key back that was minted into it", async () => {
    const minted = await mintKeyFile(paths);

    assert.deepEqual(await readKeyFile(paths.keyFile, paths.identityFile), minted);
  });

  it("and its identity can be read by their owner alone, and nothing else is left beside them", async () => {
    await mintKeyFile(paths);

    const names = await readdir(join(folder, "keys"));
    assert.deepEqual(names.sort(), ["backup-key.age", "identity.txt"]);
    for (const path of Object.values(paths)) assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(join(folder, "keys"))).mode & 0o077, 0);
  });

  it("holds the key only encrypted", async () => {
    const { json } = await mintKeyFile(paths);
    const { data } = JSON.parse(json) as { data: string };
    const content = await readFile(paths.keyFile, "utf8");

    assert.match(content, /^-----BEGIN AGE ENCRYPTED FILE-----/);
    assert.ok(!content.includes(data) && !Buffer.from(content, "base64").includes(Buffer.from(data, "base64")));
  });

  it("that exists is never written over: backups may need it", async () => {
    await mintKeyFile(paths);
    const before = await readFile(paths.keyFile);

    assert.match(await refusal(mintKeyFile(paths)), /exists already and was left as it is: backups may need it/);
    assert.match(await refusal(keepKeyFile(paths, mintBackupKey())), /exists already/);
    assert.deepEqual(await readFile(paths.keyFile), before);
  });

  it("is made by one of two that mint at the same moment, and the other is told", async () => {
    const results = await Promise.allSettled([mintKeyFile(paths), mintKeyFile(paths)]);
    const made = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));

    assert.equal(made.length, 1);
    assert.deepEqual(await readKeyFile(paths.keyFile, paths.identityFile), made[0]);
  });

  it("goes on after an interruption that left an identity without a key", async () => {
    await mintKeyFile(paths);
    await rm(paths.keyFile);

    const minted = await mintKeyFile(paths);
    assert.deepEqual(await readKeyFile(paths.keyFile, paths.identityFile), minted);
  });

  it("can be made again from a key of the escrow sheet", async () => {
    const key = mintBackupKey();
    await keepKeyFile(paths, key);

    assert.deepEqual(await readKeyFile(paths.keyFile, paths.identityFile), key);
  });

  it("opens with no other identity, and the error says what to do and holds nothing secret", async () => {
    await mintKeyFile(paths);
    const other = { keyFile: join(folder, "other.age"), identityFile: join(folder, "other.txt") };
    await mintKeyFile(other);
    const identity = /AGE-SECRET-KEY-1\w+/.exec(await readFile(other.identityFile, "utf8"))?.[0] ?? "none";

    const message = await refusal(readKeyFile(paths.keyFile, other.identityFile));
    assert.match(message, /damaged or was made for another identity\. Use the identity made with it, or restore/);
    assert.ok(!message.includes(identity.slice(0, 24)));
  });

  it("that is damaged is refused as a whole", async () => {
    await mintKeyFile(paths);
    const content = await readFile(paths.keyFile, "utf8");
    const lines = content.split("\n");
    await writeFile(paths.keyFile, [...lines.slice(0, 4), ...lines.slice(5)].join("\n"));

    assert.match(await refusal(readKeyFile(paths.keyFile, paths.identityFile)), /the file is damaged/);
  });

  it("is not read with an identity that others on the machine can read", async () => {
    await mintKeyFile(paths);
    await chmod(paths.identityFile, 0o640);

    assert.match(await refusal(readKeyFile(paths.keyFile, paths.identityFile)), /mode 0600 on .*, got 0640.*chmod 600/);
  });

  it("that is missing is named with the cure", async () => {
    assert.match(
      await refusal(readKeyFile(paths.keyFile, paths.identityFile)),
      /Expected the age identity at .* there is none/,
    );
    await mintKeyFile(paths);
    await rm(paths.keyFile);
    assert.match(await refusal(readKeyFile(paths.keyFile, paths.identityFile)), /Expected the key file at .*make key/);
    await writeFile(paths.identityFile, "nothing of use\n");
    assert.match(await refusal(readKeyFile(paths.keyFile, paths.identityFile)), /Expected an age identity/);
  });
});

describe("a private file", () => {
  it("is never written over, and a failed attempt leaves nothing behind", async () => {
    const folder = await mkdtemp(join(tmpdir(), "private-file-"));
    const path = join(folder, "sheet.txt");
    await writePrivateFile(path, "first");

    await assert.rejects(writePrivateFile(path, "second"), FileExists);
    assert.equal(await readFile(path, "utf8"), "first");
    assert.deepEqual(await readdir(folder), ["sheet.txt"]);
    await rm(folder, { recursive: true });
  });
});
