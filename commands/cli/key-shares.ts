import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Command } from "commander";

import { expectKey, type BackupKey } from "../../provider/keys/backup-key";
import { writeEscrow, type BackupPlace } from "../../provider/keys/escrow";
import { readKeyFile } from "../../provider/keys/key-file";
import { joinShares, readShareText, shareText, splitKey, type KeyShare } from "../../provider/keys/key-shares";
import { writePrivateFile } from "../../provider/keys/private-file";
import { isRehearsal } from "../key/paper";
import { sharePage } from "../key/share-page";
import { handOut, typedShares } from "../key/shares";
import { isInteractive } from "../terminal";
import { show } from "./arguments";
import { PERSON, placeOf, rejectTaken, today, withSheetOptions, type SheetOptions } from "./key-options";

interface SplitOptions extends SheetOptions {
  readonly shares: number;
  readonly needed: number;
  readonly sharesFolder: string;
}

/** `key split`: the key for several people. */
export function splitCommand(): Command {
  return withSheetOptions(new Command("split"))
    .description(
      "take the key apart for several people: some of the shares together give it back, fewer give nothing.\n" +
        "The key, its file and sheets that exist stay as they are. On a terminal only",
    )
    .option("--shares <count>", "how many there are to be, 2 to 9", Number, 3)
    .option("--needed <count>", "how many of them give the key back", Number, 2)
    .option("--shares-folder <path>", "where a share lies until it is printed", "keys/shares")
    .action(splitForPeople);
}

async function splitForPeople(options: SplitOptions): Promise<void> {
  const { keyFile, identityFile, sharesFolder, folder, needed, json } = options;
  const rehearsal = isRehearsal(isInteractive());
  const key = await readKeyFile(keyFile, identityFile);
  const place = { ...placeOf(options), keyFingerprint: key.fingerprint };
  const shares = await splitKey(key, options.shares, needed);
  const filesOf = ({ number }: KeyShare) => [".html", ".txt"].map((end) => join(sharesFolder, `share-${number}${end}`));
  rejectTaken(shares.flatMap(filesOf), "no share was made");
  const write = async (share: KeyShare): Promise<string[]> => {
    const files = filesOf(share);
    const contents = [sharePage(place, share), shareText(place, share)];
    for (const [index, file] of files.entries()) await writePrivateFile(file, contents[index] ?? "");
    return files;
  };
  show(json, { fingerprint: key.fingerprint, shares: shares.length, needed, files: shares.map(filesOf) }, [
    `${shares.length} shares of the key ${key.fingerprint}, of which any ${needed} give it back.`,
    "A whole sheet that somebody keeps still opens everything by itself. The master key is in no share.",
  ]);
  if (rehearsal) {
    for (const share of shares) await write(share);
    return;
  }
  const left = await handOut(key, shares, { write, folder }, PERSON, today());
  if (left.length === 0) return;
  PERSON.say(
    `Nobody has read back share ${left.join(", ")}, so it is none, and its files were removed. Take the key apart once more.`,
  );
  process.exitCode = 1;
}

interface JoinOptions extends Pick<SheetOptions, "escrowFile" | "site" | "pbs" | "datastore"> {
  readonly share?: readonly string[];
  readonly json?: true;
}

/** `key join`: the key from shares. */
export function joinCommand(): Command {
  return new Command("join")
    .description("put a key together from shares, and write an escrow sheet that all other commands read")
    .option("--share <file...>", "a sheet as a file; without, its lines are asked for")
    .option("--escrow-file <path>", "the sheet to write, with the key in the clear", "keys/escrow.txt")
    .option("--site <name>", "name of the site, where the lines are typed", "site")
    .option("--pbs <address>", "address of the Proxmox Backup Server, where the lines are typed", "pbs.example.org")
    .option("--datastore <name>", "datastore that holds the backups, where the lines are typed", "tappaas_backup")
    .option("--json", "for programs")
    .action(async ({ share: files = [], escrowFile, json, ...typed }: JoinOptions) => {
      rejectTaken([escrowFile], "nothing was put together");
      const { place, key } = files.length === 0 ? await joinTyped(typed) : await joinFiles(files);
      await writeEscrow(escrowFile, { ...place, key });
      show(json, { fingerprint: key.fingerprint, escrowFile }, [
        `Key ${key.fingerprint}, as a sheet in ${escrowFile}. It holds the key in the clear: remove it when you are done.`,
      ]);
    });
}

interface Joined {
  readonly place: Omit<BackupPlace, "keyFingerprint">;
  readonly key: BackupKey;
}

async function joinFiles(files: readonly string[]): Promise<Joined> {
  const read = files.map((file) => readShareText(readFileSync(file, "utf8")));
  const key = await joinShares(read.map(({ share }) => share));
  const [first] = read;
  if (first === undefined) throw new Error("No share was named.\nCure: --share <file> --share <file>.");
  expectKey(key, first.place.keyFingerprint);
  return { place: first.place, key };
}

async function joinTyped({ site, pbs, datastore }: Pick<JoinOptions, "site" | "pbs" | "datastore">): Promise<Joined> {
  if (!isInteractive())
    throw new Error("Shares are typed by a person.\nCure: run it on a terminal, or say --share <file>.");
  const key = await typedShares(PERSON);
  PERSON.say(`Compare it with the fingerprint on the sheets: ${key.fingerprint}`);
  const place = { site, date: today(), address: pbs, port: 8007, tlsFingerprint: undefined, datastore, namespace: "" };
  return { key, place };
}
