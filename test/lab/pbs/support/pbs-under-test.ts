import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { Agent, request } from "undici";

import { Site } from "../../../../lab/core/site";
import { type SiteDescription } from "../../../../lab/core/site-description";
import { connect } from "../../../../lab/pbs/client";
import { type Backups, type BackupTarget } from "../../../../lab/pbs/client-interface";
import { startPbs } from "../../../../lab/pbs/module";
import { pinnedConnector } from "../../../../lab/pbs/pinned-connector";
import { startS3 } from "../../../../lab/s3/module";
import { type PbsSettings } from "../../../../lab/pbs/settings";

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly cookies: readonly string[];
  /** Body as it came. */
  readonly text: string;
  /** Body as JSON; undefined when it is none. */
  readonly json: { readonly data?: unknown; readonly digest?: string; readonly [name: string]: unknown } | undefined;
}

/** What goes with a request besides verb and path. */
export interface Sent {
  readonly json?: unknown;
  readonly form?: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** `id:secret` of another token; null for no login at all. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** `extjs` instead of `json`. */
  readonly base?: string;
}

/** A version of PBS that the lab knows. */
export type PbsVersion = NonNullable<NonNullable<SiteDescription["versions"]>["pbs"]>;

/** Name of the backup server in a lab of the tests. */
export const NAME = "backup";

/**
 * The backup server that the suite looks at: the one of PBS_URL, PBS_TOKEN (`id:secret`) and PBS_FINGERPRINT, else a
 * lab in this process.
 */
export class PbsUnderTest {
  private constructor(
    readonly url: string,
    readonly token: string,
    readonly fingerprint: string,
    private readonly lab: Site | undefined,
    private readonly directory: string | undefined,
  ) {
    this.#agent = new Agent({ connect: pinnedConnector(fingerprint) });
  }

  readonly #agent: Agent;

  static async open(settings: Partial<PbsSettings> = {}): Promise<PbsUnderTest> {
    const { PBS_URL: url, PBS_TOKEN: token, PBS_FINGERPRINT: fingerprint } = process.env;
    if (url !== undefined && token !== undefined && fingerprint !== undefined) {
      return new PbsUnderTest(url, token, fingerprint, undefined, undefined);
    }
    return PbsUnderTest.openLab(mkdtempSync(join(tmpdir(), "pbs-spec-")), settings);
  }

  /** Opens a lab on a state directory, which may be that of an earlier one. */
  static async openLab(directory: string, settings: Partial<PbsSettings> = {}, site = 0): Promise<PbsUnderTest> {
    return PbsUnderTest.#openAt(directory, settings, ((process.pid >> 8) + site * 125) % 250);
  }

  /** Opens a lab of a site by its number, whatever real server is named; sites reach each other over the network alone. */
  static openElsewhere(settings: Partial<PbsSettings>, site: number): Promise<PbsUnderTest> {
    return PbsUnderTest.openLab(mkdtempSync(join(tmpdir(), "pbs-spec-")), settings, site);
  }

  /** Opens a lab whose server is of that version. */
  static openVersion(version: PbsVersion): Promise<PbsUnderTest> {
    const versions = { pbs: version };
    return PbsUnderTest.#openAt(mkdtempSync(join(tmpdir(), "pbs-spec-")), {}, (process.pid >> 8) % 250, versions);
  }

  /** Opens a lab that has an S3 provider beside its server, whatever real server is named. */
  static openWithS3(directory = mkdtempSync(join(tmpdir(), "pbs-spec-"))): Promise<PbsUnderTest> {
    return PbsUnderTest.#openAt(directory, {}, (process.pid >> 8) % 250, {}, { host: 30, region: "lab-1" });
  }

  static async #openAt(
    directory: string,
    settings: Partial<PbsSettings>,
    last: number,
    versions: SiteDescription["versions"] = {},
    s3?: SiteDescription["s3"],
  ): Promise<PbsUnderTest> {
    const pbs = { name: NAME, host: 20, disks: [] };
    const prefix = `127.${60 + (process.pid % 150)}.${last}`;
    const description = { name: "spec", versions, nodes: [], pbs: [pbs], ...(s3 && { s3 }) };
    const site = await Site.open({ state: directory, prefix, description });
    await startS3(site);
    await startPbs(site, pbs);
    await site.control.run(`pbs-settings:${NAME}`, { aclDelay: 0, datastoreCreation: 20, ...settings });
    const entry = site.sheet.content.pbs[NAME]!;
    const { id, secret } = entry.logins.token;
    return new PbsUnderTest(entry.api, `${id}:${secret}`, entry.fingerprint, site, directory);
  }

  get isLab(): boolean {
    return this.lab !== undefined;
  }

  /** The lab, for what can only be ordered there. Skips the test on a real server. */
  site(context: Mocha.Context): Site {
    if (this.lab === undefined) return context.skip();
    return this.lab;
  }

  /** The lab of a suite that looks at nothing else. */
  get ownSite(): Site {
    if (this.lab === undefined) throw new Error("This is a real server, and no lab.");
    return this.lab;
  }

  /** Password of root@pam. */
  password(context: Mocha.Context): string {
    return this.site(context).sheet.content.pbs[NAME]!.logins["root@pam"].password;
  }

  async close(): Promise<void> {
    await this.stop();
    if (this.directory !== undefined) rmSync(this.directory, { recursive: true });
  }

  /** Stops a lab and leaves its state. */
  async stop(): Promise<void> {
    await this.#agent.close();
    await this.lab?.stop();
  }

  async send(verb: "GET" | "POST" | "PUT" | "DELETE", path: string, sent: Sent = {}): Promise<Answer> {
    const { json, form, query, token = this.token, headers = {}, base = "json" } = sent;
    const body = json === undefined ? form : JSON.stringify(json);
    const type = json === undefined ? "application/x-www-form-urlencoded" : "application/json";
    const answer = await request(`${this.url}/api2/${base}${path}`, {
      method: verb,
      dispatcher: this.#agent,
      headers: {
        ...(token !== null && { authorization: `PBSAPIToken=${token}` }),
        ...(body !== undefined && { "content-type": type }),
        ...headers,
      },
      ...(body !== undefined && { body }),
      ...(query && { query }),
    });
    const text = await answer.body.text();
    const contentType = answer.headers["content-type"]?.toString();
    const cookies = [answer.headers["set-cookie"] ?? []].flat();
    return { status: answer.statusCode, contentType, cookies, text, json: parsed(text) };
  }

  /** Sends what must succeed and returns its data. */
  async data<T = unknown>(verb: "GET" | "POST" | "PUT" | "DELETE", path: string, sent: Sent = {}): Promise<T> {
    const { status, text, json } = await this.send(verb, path, sent);
    if (status !== 200) throw new Error(`${verb} ${path}: expected 200, got ${status} ${text}`);
    return json?.data as T;
  }

  /** Waits for a task and returns its exit status. */
  async ended(upid: string): Promise<string> {
    for (;;) {
      const path = `/nodes/localhost/tasks/${encodeURIComponent(upid)}/status`;
      const { status, exitstatus } = await this.data<{ status: string; exitstatus: string }>("GET", path);
      if (status === "stopped") return exitstatus;
      await wait(20);
    }
  }

  /** Log of a task. */
  async log(upid: string): Promise<string[]> {
    const path = `/nodes/localhost/tasks/${encodeURIComponent(upid)}/log`;
    return (await this.data<{ t: string }[]>("GET", path, { query: { limit: 0 } })).map(({ t }) => t);
  }

  /** Makes a datastore and waits for it. */
  async createDatastore(name: string, more: object = {}): Promise<void> {
    const upid = await this.data<string>("POST", "/config/datastore", {
      json: { name, path: `/mnt/${name}`, ...more },
    });
    const exitstatus = await this.ended(upid);
    if (exitstatus !== "OK") throw new Error(exitstatus);
  }

  /** Makes a user with a token, gives both a role at a path, and returns the token as `id:secret`. */
  async createToken(user: string, path?: string, role?: string): Promise<string> {
    await this.data("POST", "/access/users", { json: { userid: user, password: "a-password" } });
    const { tokenid, value } = await this.addToken(user, "t");
    if (path !== undefined) {
      for (const id of [user, tokenid]) await this.data("PUT", "/access/acl", { json: { path, role, "auth-id": id } });
    }
    return `${tokenid}:${value}`;
  }

  /** Breaks every chunk of a lab's datastore. */
  spoilChunks(name: string): void {
    const chunks = join(this.directory ?? "", "machines", NAME, "disk", "mnt", name, ".chunks");
    for (const entry of readdirSync(chunks, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) writeFileSync(join(entry.parentPath, entry.name), "broken");
    }
  }

  async addToken(user: string, name: string): Promise<{ tokenid: string; value: string }> {
    return this.data("POST", `/access/users/${user}/token/${name}`, { json: {} });
  }

  /** A backup client that logs in as `id:secret`. */
  client(datastore: string, token = this.token, ns = ""): Backups {
    return connect(this.target(datastore, token, ns));
  }

  /** Where such a client goes. */
  target(datastore: string, token = this.token, ns = ""): BackupTarget {
    const mark = token.indexOf(":");
    const { hostname, port } = new URL(this.url);
    const login = { authId: token.slice(0, mark), secret: token.slice(mark + 1) };
    return { server: hostname, port: Number(port), fingerprint: this.fingerprint, ...login, datastore, ns };
  }
}

/** Whether cases that change or destroy things may run: always in a lab, on a real server only when it is said. */
export function mayDestroy(): boolean {
  return process.env["PBS_URL"] === undefined || process.env["PBS_DESTRUCTIVE"] === "1";
}

/** Skips the case that is about to run when it changes things and may not. */
export function spareRealServers(this: Mocha.Context): void {
  if (!mayDestroy() && this.currentTest?.title.includes("@destructive") === true) this.skip();
}

/** A backup of one small disk. */
export function order(id: string, time: number, more: object = {}) {
  const images = { "drive-scsi0.img": Buffer.alloc(200_000, id) };
  return { type: "vm" as const, id, time, blobs: { "qemu-server.conf": Buffer.from(`name: ${id}`) }, images, ...more };
}

/** Key file in PBS's form for 32 equal bytes. */
export function keyFile(byte: number, more: object = {}): string {
  const created = "2026-01-02T03:04:05Z";
  const data = Buffer.alloc(32, byte).toString("base64");
  return JSON.stringify({ kdf: null, created, modified: created, data, ...more });
}

function parsed(text: string): Answer["json"] {
  try {
    return JSON.parse(text) as Answer["json"];
  } catch {
    return undefined;
  }
}
