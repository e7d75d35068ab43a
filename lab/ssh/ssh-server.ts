import { type ChildProcess } from "node:child_process";
import { once } from "node:events";

import { Server, type AuthContext, type Connection, type ParsedKey, type Session, type ServerChannel } from "ssh2";

import { serveFiles } from "./file-transfer";
import { runCommand, signalCommand } from "./shell-command";
import { authorizedKeys, parsedKey } from "./ssh-key";

/** What an SSH server needs to be that of a node. */
export interface SshSettings {
  /** Address to listen on. */
  readonly address: string;
  /** TCP port; 0 takes a free one. */
  readonly port: number;
  /** Host key, private, in OpenSSH form. */
  readonly hostKey: string;
  /** The key that may log in as root beside those in its authorized_keys: only its public half is used. */
  readonly loginKey: string;
  /** Directory that SFTP shows as `/` and in which commands start. */
  readonly root: string;
  /** Directory that comes first on PATH. */
  readonly programs: string;
  /** Told each command as it came. */
  readonly onCommand: (command: string) => void;
  /**
   * Asked before a command (`before`) and after it (`after`) whether the connection breaks there.
   */
  readonly breaks: (moment: "before" | "after") => boolean;
  /** Shows files that stand for something else, for as long as a command runs; the answer is called at its end. @default - none */
  readonly showFiles?: () => () => void;
}

/** Variables that a client may set. Debian: /etc/ssh/sshd_config, `AcceptEnv LANG LC_*`. */
const ACCEPTED_VARIABLES = /^(?:LANG|LC_[A-Z0-9_]*)$/;

/** SSH server of one node: public key login for root, commands in a real bash, SFTP. */
export class SshServer {
  private readonly connections = new Set<Connection>();
  private readonly commands = new Set<ChildProcess>();
  private readonly server: Server;

  private constructor(private readonly settings: SshSettings) {
    this.server = new Server({ hostKeys: [settings.hostKey], ident: "OpenSSH_10.0p2-lab" }, (connection) => {
      this.accept(connection);
    });
  }

  /** Listens. */
  static async listen(settings: SshSettings): Promise<SshServer> {
    const ssh = new SshServer(settings);
    ssh.server.listen(settings.port, settings.address);
    await once(ssh.server, "listening");
    return ssh;
  }

  /** Port on which it listens. */
  get port(): number {
    const address = this.server.address();
    return typeof address === "object" && address !== null ? address.port : this.settings.port;
  }

  /** Drops every connection and ends every command that still runs. */
  async stop(): Promise<void> {
    for (const command of this.commands) signalCommand(command, "KILL");
    for (const connection of this.connections) connection.end();
    await new Promise<void>((closed) => {
      this.server.close(() => {
        closed();
      });
    });
  }

  private accept(connection: Connection): void {
    this.connections.add(connection);
    // Small packets wait for nothing: each wait would cost 40 ms, several times a command.
    (connection as Connection & { setNoDelay: (noDelay: boolean) => void }).setNoDelay(true);
    connection.on("close", () => this.connections.delete(connection));
    // A client that goes away in the middle is its own affair.
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => {
      authenticate(context, [parsedKey(this.settings.loginKey), ...authorizedKeys(this.settings.root)]);
    });
    connection.on("session", (accept) => {
      this.serveSession(accept(), connection);
    });
  }

  private serveSession(session: Session, connection: Connection): void {
    const variables: Record<string, string> = {};
    let running: ChildProcess | undefined;
    // A client that asked for no answer gets none: then there is nothing to call.
    session.on("env", (accept, reject, { key, val }) => {
      const accepted = ACCEPTED_VARIABLES.test(key);
      if (accepted) variables[key] = val;
      ((accepted ? accept : reject) as (() => void) | undefined)?.();
    });
    session.on("exec", (accept, _reject, { command }) => {
      running = this.run(command, accept(), variables, connection);
    });
    session.on("signal", (accept, _reject, { name }) => {
      if (running !== undefined) signalCommand(running, name);
      (accept as (() => void) | undefined)?.();
    });
    session.on("sftp", (accept) => {
      serveFiles(accept(), this.settings.root);
    });
  }

  private run(
    command: string,
    channel: ServerChannel,
    variables: Readonly<Record<string, string>>,
    connection: Connection,
  ): ChildProcess | undefined {
    const { breaks, onCommand, root, programs, showFiles = () => () => undefined } = this.settings;
    if (breaks("before")) {
      connection.end();
      return undefined;
    }
    onCommand(command);
    const takeIn = showFiles();
    const child = runCommand(command, channel, { root, programs, variables });
    child.on("exit", takeIn);
    this.commands.add(child);
    child.on("exit", () => {
      this.commands.delete(child);
      if (breaks("after")) connection.end();
    });
    return child;
  }
}

/** Lets root in with one of the keys; everything else is told to use a key. */
function authenticate(context: AuthContext, keys: readonly ParsedKey[]): void {
  if (context.method !== "publickey" || context.username !== "root") {
    context.reject(["publickey"]);
    return;
  }
  const offered = context.key.data;
  const key = keys.find((known) => offered.equals(known.getPublicSSH()));
  if (key === undefined) {
    context.reject(["publickey"]);
    return;
  }
  const { signature, blob, hashAlgo } = context;
  const proven = signature === undefined || (blob !== undefined && key.verify(blob, signature, hashAlgo));
  if (proven) context.accept();
  else context.reject(["publickey"]);
}
