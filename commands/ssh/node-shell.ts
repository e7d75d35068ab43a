import { Client, type ConnectConfig, type ClientChannel } from "ssh2";

import { type SshSettings } from "../../estate/ssh-settings";
import { type HostKey, hostKeyOf, hostKeyOfLine } from "./host-key";

/** Where a machine's SSH is. */
export interface SshAddress {
  /** Name or address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
}

/** Who logs in: a private key, or an agent that holds one. */
export interface SshLogin {
  /** Account. */
  readonly user: string;
  /** The key, in OpenSSH's form. */
  readonly privateKey?: string;
  /** What opens it. */
  readonly passphrase?: string;
  /** Socket of an agent. */
  readonly agent?: string;
}

/** What a command left. */
export interface Ran {
  /** Exit status; 255 when a signal ended it. */
  readonly code: number;
  /** What it printed. */
  readonly stdout: string;
  /** What it complained of. */
  readonly stderr: string;
}

/** A shell on a machine. */
export interface NodeShell {
  /** Runs a command, with `input` on its standard input. */
  run(command: string, input?: string): Promise<Ran>;
  /** Content of a file. */
  read(path: string): Promise<string>;
  /** Hangs up. */
  close(): void;
}

/** Kinds of host keys, best first. Ed25519 stands on every Proxmox. */
const KINDS = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"] as const;
const SHAKE_HANDS_WITHIN = 15_000;
const SILENT_FOR = 30_000;
/** How often a silent machine is asked whether it is there, before it counts as gone. */
const ASKED_BEFORE = 3;

/**
 * The key that a machine shows, without logging in.
 * @throws {Error} When nothing answers there.
 */
export function shownHostKey(address: SshAddress): Promise<HostKey> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const hostVerifier = (blob: Buffer) => {
      resolve(hostKeyOf(blob));
      return false;
    };
    client.on("error", (error) => {
      client.end();
      reject(unreachable(address, error));
    });
    client.connect({ ...common(address), username: "root", hostVerifier });
  });
}

/**
 * Logs in to the machine that has exactly that host key; nothing of the login is sent to another. A command ends with 255 when the
 * machine was silent for `patience` milliseconds: one that went away in the middle of it does not say so.
 * @throws {Error} With a cure when it has another, or does not let us in.
 */
export function openShell(
  address: SshAddress,
  login: SshLogin,
  hostKey: HostKey,
  patience = SILENT_FOR,
): Promise<NodeShell> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let shown: HostKey | undefined;
    const hostVerifier = (blob: Buffer) => {
      shown = hostKeyOf(blob);
      return shown.line === hostKey.line;
    };
    client.on("ready", () => {
      resolve(shellOver(client));
    });
    client.on("error", (error) => {
      client.end();
      if (shown !== undefined && shown.line !== hostKey.line) reject(stranger(address, hostKey, shown));
      else reject(error.level === "client-authentication" ? notLetIn(address, login) : unreachable(address, error));
    });
    const { user: username, privateKey, passphrase, agent } = login;
    const proof = { ...(privateKey !== undefined && { privateKey }), ...(passphrase !== undefined && { passphrase }) };
    const watch = { keepaliveInterval: patience / ASKED_BEFORE, keepaliveCountMax: ASKED_BEFORE };
    const who = { ...proof, ...(agent !== undefined && { agent }), username };
    client.connect({ ...common(address), ...watch, ...who, hostVerifier });
  });
}

/** Logs in, by {@link openShell}, where settings say who and with which host key. */
export function enterShell({ hostKey, user, ...address }: SshSettings, privateKey: string): Promise<NodeShell> {
  return openShell(address, { user, privateKey }, hostKeyOfLine(hostKey));
}

function common({ host, port }: SshAddress): ConnectConfig {
  return { host, port, readyTimeout: SHAKE_HANDS_WITHIN, algorithms: { serverHostKey: [...KINDS] } };
}

function shellOver(client: Client): NodeShell {
  return {
    run: (command, input = "") =>
      new Promise((resolve, reject) => {
        client.exec(command, (error, channel) => {
          if (error === undefined) resolve(ended(channel, input));
          else reject(error);
        });
      }),
    read: (path) =>
      new Promise((resolve, reject) => {
        client.sftp((error, sftp) => {
          if (error !== undefined) {
            reject(error);
            return;
          }
          sftp.readFile(path, "utf8", (failure, content) => {
            sftp.end();
            if (failure === undefined || (failure as unknown) === null) resolve(content.toString());
            else reject(new Error(`${path} could not be read: ${failure.message}`));
          });
        });
      }),
    close: () => {
      client.end();
    },
  };
}

function ended(channel: ClientChannel, input: string): Promise<Ran> {
  return new Promise((resolve) => {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    channel.on("data", (part: Buffer) => out.push(part));
    channel.stderr.on("data", (part: Buffer) => err.push(part));
    channel.on("close", (code: number | null) => {
      const text = (parts: Buffer[]) => Buffer.concat(parts).toString("utf8");
      resolve({ code: code ?? 255, stdout: text(out), stderr: text(err) });
    });
    channel.end(input);
  });
}

function unreachable({ host, port }: SshAddress, error: Error): Error {
  return new Error(
    `No SSH server answers at ${host}, port ${port}: ${error.message}.\nCure: correct the address, or say the port.`,
  );
}

function stranger({ host, port }: SshAddress, expected: HostKey, shown: HostKey): Error {
  return new Error(
    `${host}, port ${port}, shows the host key ${shown.fingerprint}; expected ${expected.fingerprint}. ` +
      "Either it was set up anew, or another machine answers. No login was sent.\n" +
      "Cure: compare on its console with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`.",
  );
}

function notLetIn({ host }: SshAddress, { user, privateKey }: SshLogin): Error {
  const by = privateKey === undefined ? "no key of the agent" : "not this key";
  return new Error(
    `${host} lets ${user} in with ${by}; nothing was changed.\n` +
      `Cure: ssh-copy-id ${user}@${host}, or say another key.`,
  );
}
