import { CONNECT, CONNECTED, DISCONNECT } from "../../../provider/objects/connector-scripts";
import { INSTALL, MOUNT, REPORT, TOKEN, USER } from "../../../provider/objects/server-scripts";
import { Refused, type Answer } from "./fake-server";

interface End {
  readonly exitcode: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
}

/** A machine behind a guest agent that knows the steps of the bootstrap by their scripts, and does what they would do. */
export class FakeMachine {
  readonly vmid = 130;
  node = "tappaas1";
  name = "backup-130";
  /** Whether PVE lists it. */
  exists = true;
  /** How often the agent is silent before it answers. */
  silence = 0;
  installed = false;
  timeZone = "Etc/UTC";
  formatted = 0;
  mounted = false;
  holdsBackups = false;
  /** Token of a tunnel that is in it; empty for none. */
  connectorToken = "";
  readonly users: string[] = [];
  readonly tokens: string[] = [];
  readonly rights: string[] = [];
  /** Scripts in the order in which they ran. */
  readonly ran: string[] = [];
  /** Called before a step with its name; what it throws, PVE answers with. */
  beforeStep: (step: string) => void = () => undefined;
  /** Steps that fail in the machine, with what they say. */
  readonly failing = new Map<string, string>();
  readonly #ends = new Map<number, End>();

  readonly routes: Readonly<Record<string, Answer>> = {
    "GET /cluster/resources": () => (this.exists ? [this.#listed()] : []),
    "POST /nodes/tappaas1/qemu/130/agent/ping": () => {
      if (this.silence-- > 0) throw new Refused(500, "QEMU guest agent is not running");
      return { result: {} };
    },
    "POST /nodes/tappaas1/qemu/130/agent/exec": ({ parameters }) => {
      const pid = this.#ends.size + 1;
      this.#ends.set(pid, this.#run(String(parameters["command"]), String(parameters["input-data"])));
      return { pid };
    },
    "GET /nodes/tappaas1/qemu/130/agent/exec-status": ({ parameters }) => ({
      exited: 1,
      ...this.#ends.get(Number(parameters["pid"])),
    }),
  };

  #listed() {
    const { vmid, node, name } = this;
    return { vmid, node, name, type: "qemu" };
  }

  #run(command: string, script: string): End {
    if (command !== "/bin/bash") throw new Refused(500, `no such command ${command}`);
    const [step] = Object.entries(BODIES).find(([, body]) => script.includes(body)) ?? ["unknown"];
    this.beforeStep(step);
    this.ran.push(step);
    const complaint = this.failing.get(step);
    if (complaint !== undefined) return { exitcode: 1, "err-data": complaint };
    const told = (name: string) => new RegExp(`^${name}='(.*)'$`, "m").exec(script)?.[1] ?? "";
    return { exitcode: 0, "out-data": this.#does(step, told) };
  }

  #does(step: string, told: (name: string) => string): string {
    const user = told("user");
    if (step === "connect") this.connectorToken = told("token");
    if (step === "disconnect") this.connectorToken = "";
    if (step === "connected") return this.connectorToken === "" ? "no\n" : "yes\n";
    if (step === "install") [this.installed, this.timeZone] = [true, told("time_zone")];
    if (step === "mount") {
      if (!this.mounted && !this.holdsBackups && this.formatted === 0) this.formatted += 1;
      this.mounted = true;
    }
    if (step === "user") {
      if (!this.users.includes(user)) this.users.push(user);
      return JSON.stringify(this.tokens.map((tokenid) => ({ tokenid })));
    }
    if (step === "token") {
      const tokenid = `${user}!${told("token")}`;
      this.tokens.push(tokenid);
      this.rights.push(user, tokenid);
      return `Result: ${JSON.stringify({ tokenid, value: secretOf(tokenid) }, undefined, 2)}\n`;
    }
    if (step !== "report") return "";
    const { timeZone, mounted, holdsBackups, installed: serves } = this;
    return JSON.stringify({ fingerprint: FINGERPRINT, hostKey: HOST_KEY, timeZone, mounted, holdsBackups, serves });
  }
}

/** As openssl prints it. */
export const FINGERPRINT = "AB:".repeat(31) + "CD";
export const HOST_KEY = "ssh-ed25519 AAAA";

export function secretOf(tokenid: string): string {
  return `made-for-${tokenid}`;
}

const BODIES = {
  connect: CONNECT,
  disconnect: DISCONNECT,
  connected: CONNECTED,
  install: INSTALL,
  mount: MOUNT,
  user: USER,
  token: TOKEN,
  report: REPORT,
};
