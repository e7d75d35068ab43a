import { spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { createServer } from "node:net";

import { type HttpRequest, type HttpResponse } from "../core/http";
import { type Site } from "../core/site";
import { debianImages } from "./images";
import { pythonWithPackages } from "./packages";

/** What a request needs to be sent again. */
interface Kept {
  readonly verb: string;
  readonly path: string;
  readonly headers: HttpRequest["headers"];
  readonly body: string;
}

/** It ends with whoever started it, however that ends: its standard input closes then. */
const SERVER = `
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(sys.argv[1:])
`;

const START_LIMIT_MS = 60_000;

const FIRST_REQUESTS = {
  ec2: { Action: "DescribeVpcs", Version: "2016-11-15" },
  iam: { Action: "ListRoles", Version: "2010-05-08" },
};

/**
 * moto's server in a process of its own. It holds everything in memory, so each request that changes something is kept and sent again
 * after a start; the numbers that it draws are seeded a request, so that everything has the same identifiers again.
 */
export class Emulator {
  private constructor(
    private readonly process: ChildProcess,
    private readonly port: number,
    private readonly log: string,
    private count: number,
  ) {}

  /** Starts it and brings back what it had. @throws {Error} When it cannot be installed or started. */
  static async start(site: Site, machine: string): Promise<Emulator> {
    const { command, env } = await pythonWithPackages((line) => {
      site.events.record(machine, "install", line);
    });
    const port = await freePort();
    const images = site.state.path("machines", machine, "images.json");
    writeFileSync(images, JSON.stringify(debianImages()));
    const settings = {
      MOTO_AMIS_PATH: images,
      MOTO_EC2_LOAD_DEFAULT_AMIS: "false",
      MOTO_IAM_LOAD_MANAGED_POLICIES: "true",
    };
    const checks = {
      MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION: "true",
      MOTO_ENABLE_AMI_VALIDATION: "true",
      MOTO_ENABLE_KEYPAIR_VALIDATION: "true",
    };
    const child = spawn(command, ["-c", SERVER, "-H", "127.0.0.1", "-p", String(port)], {
      env: { ...env, ...settings, ...checks, MOTO_PORT: String(port) },
      stdio: ["pipe", "ignore", "pipe"],
    });
    const said: string[] = [];
    child.stderr.on("data", (part: Buffer) => {
      said.push(part.toString("utf8"));
      if (said.length > 50) said.shift();
    });
    const log = site.state.path("machines", machine, "requests.jsonl");
    const emulator = new Emulator(child, port, log, 0);
    try {
      await emulator.awaitStart(said);
      await emulator.settle(site.description.aws?.region ?? "us-east-1");
      await emulator.replay();
    } catch (error) {
      await emulator.stop();
      throw error;
    }
    return emulator;
  }

  /** Sends a request on; what changes something is kept once it was done. One at a time: what it draws depends on the order. */
  readonly ask = (request: HttpRequest, changes: boolean): Promise<HttpResponse> => {
    const answer = this.last.then(async () => {
      if (changes) await this.seed();
      const kept = { ...request, body: request.body.toString("base64"), path: pathOf(request) };
      const got = await this.send(kept);
      if (changes) {
        this.count += 1;
        const { verb, path, headers, body } = kept;
        appendFileSync(this.log, `${JSON.stringify({ verb, path, headers, body })}\n`, { mode: 0o600 });
      }
      return got;
    });
    this.last = answer.catch(() => undefined);
    return answer;
  };

  /** Ends its process. */
  readonly stop = async (): Promise<void> => {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    const patience = setTimeout(() => this.process.kill("SIGKILL"), 3000);
    await ended;
    clearTimeout(patience);
  };

  private last: Promise<unknown> = Promise.resolve();

  private async awaitStart(said: readonly string[]): Promise<void> {
    const limit = Date.now() + START_LIMIT_MS;
    while (Date.now() < limit && this.process.exitCode === null) {
      if (await this.send({ verb: "GET", path: "/moto-api/data.json", headers: {}, body: "" }).catch(() => undefined))
        return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`The emulator of AWS did not start:\n${said.join("").trim().split("\n").slice(-8).join("\n")}`);
  }

  /** An account has a network of its own from the first request on; what that one draws is to be the same each time. */
  private async settle(region: string): Promise<void> {
    this.region = region;
    for (const [service, form] of Object.entries(FIRST_REQUESTS)) {
      await this.send({ verb: "POST", path: "/moto-api/seed?a=1000000", headers: {}, body: "" });
      await this.askAs(service, form);
    }
  }

  private region = "us-east-1";

  /** Asks without being seen, as the lab itself: it changes nothing and is not kept. */
  readonly askAs = (service: string, form: Readonly<Record<string, string>>): Promise<HttpResponse> => {
    const scope = `20260101/${this.region}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=lab/${scope}, SignedHeaders=host, Signature=0`;
    const headers = { authorization, "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    const body = Buffer.from(new URLSearchParams(form).toString()).toString("base64");
    return this.send({ verb: "POST", path: "/", headers, body });
  };

  private async replay(): Promise<void> {
    if (!existsSync(this.log)) return;
    for (const line of readFileSync(this.log, "utf8").split("\n").filter(Boolean)) {
      await this.seed();
      await this.send(JSON.parse(line) as Kept);
      this.count += 1;
    }
  }

  private async seed(): Promise<void> {
    await this.send({ verb: "POST", path: `/moto-api/seed?a=${this.count}`, headers: {}, body: "" });
  }

  private send({ verb, path, headers, body }: Kept): Promise<HttpResponse> {
    const content = Buffer.from(body, "base64");
    const sent = { ...headers, "content-length": String(content.length) };
    return new Promise((resolve, reject) => {
      const outgoing = plainRequest(
        { host: "127.0.0.1", port: this.port, method: verb, path, headers: sent, agent: false },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("end", () => {
            const { "content-type": type, "x-amzn-errortype": error } = response.headers;
            const said = {
              ...(type !== undefined && { "content-type": type }),
              ...(typeof error === "string" && { "x-amzn-errortype": error }),
            };
            resolve({ status: response.statusCode ?? 500, headers: said, body: Buffer.concat(parts) });
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(content);
    });
  }
}

function pathOf({ path, query }: HttpRequest): string {
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** A port that nobody has now; the emulator takes it at once. */
function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  });
}
