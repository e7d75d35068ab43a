import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { nodeFile } from "../../core/own-root";
import { failed, printed, type CommandResult, type Program, type Variables } from "../../core/program";
import { type Backups, type BackupTarget } from "../../pbs/client-interface";
import { type PveNode } from "../node";
import { timeText } from "../storage/volume-id";

/** What stood on the command line. */
interface Words {
  /** Words that are no options. */
  readonly operands: readonly string[];
  /** Options by name. */
  readonly options: ReadonlyMap<string, string>;
}

const OPTIONS = [
  "backup-id",
  "backup-type",
  "crypt-mode",
  "keyfile",
  "master-pubkey-file",
  "ns",
  "output-format",
  "repository",
];

/**
 * `proxmox-backup-client` of a node: `backup` of directories, `snapshot list` and `restore` of an archive. Its archives are tar
 * files, cut and encrypted as images are; a real one is a pxar archive in pieces of varying length.
 *
 * @see https://pbs.proxmox.com/docs/backup-client.html
 */
export function backupClient(node: PveNode): Program {
  return async (argv, variables = {}) => {
    try {
      const [verb = "", ...rest] = argv;
      if (verb === "backup") return await backUp(node, wordsOf(rest), variables);
      if (verb === "restore") return await restore(node, wordsOf(rest), variables);
      if (verb === "snapshot" && rest[0] === "list") return await list(node, wordsOf(rest.slice(1)), variables);
      return failed(255, `Error: no such command '${argv.join(" ")}'`);
    } catch (error) {
      return failed(255, `Error: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

function wordsOf(argv: readonly string[]): Words {
  const operands: string[] = [];
  const options = new Map<string, string>();
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, name, glued] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) operands.push(word);
    else if (OPTIONS.includes(name)) options.set(name, glued ?? rest.shift() ?? "");
    else throw new Error(`parameter verification failed - '${name}': schema does not allow additional properties`);
  }
  return { operands, options };
}

async function backUp(node: PveNode, { operands, options }: Words, variables: Variables): Promise<CommandResult> {
  const keyfile = options.get("keyfile");
  const mode = options.get("crypt-mode");
  if (mode === "encrypt" && keyfile === undefined) throw new Error("--crypt-mode without --keyfile");
  const key = keyfile === undefined || mode === "none" ? undefined : fileOf(node, keyfile);
  const master = options.get("master-pubkey-file");
  if (master !== undefined && key === undefined)
    throw new Error("can't specify master public key without encryption key");
  const images = Object.fromEntries(operands.map((operand) => archiveOf(node, operand)));
  const id = options.get("backup-id") ?? node.name;
  const time = node.site.clock.seconds();
  const lines = [`Starting backup: host/${id}/${timeText(time)}`];
  await connectionOf(node, options, variables).backup({
    ...{ type: "host", id, time, blobs: {}, images },
    log: (line) => lines.push(line),
    ...(key !== undefined && { key }),
    ...(master !== undefined && { masterKey: fileOf(node, master) }),
  });
  return printed(`${[...lines, "End Time: now"].join("\n")}\n`);
}

/** Other file systems below a directory stay out of its archive; of a node's, that is the cluster's. */
const MOUNT_POINTS = ["/etc/pve"];

function archiveOf(node: PveNode, operand: string): readonly [string, Buffer] {
  const [, name, path] = /^([\w-]+\.pxar):(\/.+)$/.exec(operand) ?? [];
  if (name === undefined || path === undefined)
    throw new Error(`unable to parse backup source specification '${operand}'`);
  const directory = nodeFile(node.site, node.name, path);
  if (!existsSync(directory)) throw new Error(`unable to access '${path}': No such file or directory`);
  const outside = MOUNT_POINTS.filter((point) => point.startsWith(`${path}/`));
  const without = outside.map((point) => `--exclude=.${point.slice(path.length)}/*`);
  const packed = ["--sort=name", "--numeric-owner", ...without, "-C", directory, "-cf", "-", "."];
  return [name, execFileSync("tar", packed, { maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] })];
}

async function list(node: PveNode, { operands, options }: Words, variables: Variables): Promise<CommandResult> {
  const [group] = operands;
  const all = await connectionOf(node, options, variables).list();
  const found = all.filter(({ type, id }) => group === undefined || `${type}/${id}` === group);
  const shown = found.map(({ type, id, time, size, fingerprint, files, comment }) => ({
    ...{ "backup-type": type, "backup-id": id, "backup-time": time, size, files },
    ...(comment !== undefined && { comment }),
    ...(fingerprint !== undefined && { fingerprint }),
  }));
  if (options.get("output-format") === "json") return printed(`${JSON.stringify(shown)}\n`);
  return printed(found.map(({ type, id, time }) => `${type}/${id}/${timeText(time)}\n`).join(""));
}

async function restore(node: PveNode, { operands, options }: Words, variables: Variables): Promise<CommandResult> {
  const [snapshot = "", archive = "", target = ""] = operands;
  const [, type, id, stamp] = /^(vm|ct|host)\/([^/]+)\/(\S+Z)$/.exec(snapshot) ?? [];
  if (type === undefined || id === undefined || stamp === undefined)
    throw new Error(`unable to parse backup snapshot path '${snapshot}'`);
  const directory = nodeFile(node.site, node.name, target);
  if (existsSync(directory) && readdirSync(directory).length > 0)
    throw new Error(`error extracting archive - file exists in "${target}"`);
  const keyfile = options.get("keyfile");
  const key = keyfile === undefined ? undefined : fileOf(node, keyfile);
  const wanted = { type, id, time: Date.parse(stamp) / 1000 };
  const { images } = await connectionOf(node, options, variables).restore(wanted, key);
  const packed = images[archive];
  if (packed === undefined) throw new Error(`Unable to find archive '${archive}' in the manifest`);
  mkdirSync(directory, { recursive: true });
  execFileSync("tar", ["-C", directory, "-xpf", "-"], { input: packed });
  return printed("");
}

function connectionOf(node: PveNode, options: Words["options"], variables: Variables): Backups {
  const repository = options.get("repository") ?? variables["PBS_REPOSITORY"] ?? "";
  const file = variables["PBS_PASSWORD_FILE"];
  const secret = variables["PBS_PASSWORD"] ?? (file === undefined ? "" : fileOf(node, file).split("\n", 1)[0]) ?? "";
  const fingerprint = variables["PBS_FINGERPRINT"];
  const place = { ...partsOf(repository), secret, ns: options.get("ns") ?? "" };
  return node.connect({ ...place, ...(fingerprint !== undefined && { fingerprint }) });
}

/** `[[user@realm[!token]@]server[:port]:]datastore`. */
function partsOf(repository: string): Pick<BackupTarget, "authId" | "server" | "port" | "datastore"> {
  const pattern = /^(?:([^@:]+@[^@:]+)@)?(\[[\da-fA-F:]+\]|[^:@]+)(?::(\d+))?:([\w.-]+)$/;
  const [, authId = "root@pam", server, port = "8007", datastore] = pattern.exec(repository) ?? [];
  if (server === undefined || datastore === undefined)
    throw new Error(`unable to parse repository url '${repository}'`);
  return { authId, server: server.replace(/^\[|\]$/g, ""), port: Number(port), datastore };
}

function fileOf(node: PveNode, path: string): string {
  const file = nodeFile(node.site, node.name, path);
  if (!existsSync(file)) throw new Error(`unable to read file "${path}" - No such file or directory (os error 2)`);
  return readFileSync(join(file), "utf8");
}
