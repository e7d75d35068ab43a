import { type InnerProcess } from "../../core/guest-system";
import { furnish } from "../../core/own-root";
import { CommandSocket } from "../../ssh/command-socket";
import { startShell } from "../../ssh/shell-command";
import { impossible } from "../refusal";
import { type PveNode } from "../node";
import { isServing, reaches } from "./segment";

/** What bash itself does with such a file, in the network of the guest. */
const CONNECTION = /(?:exec\s+\d*<>|\d*<>|<)\s*\/dev\/tcp\/([\w.:-]+)\/(\d+)/g;
const CONNECT = "lab-connect";

/** Programs inside of guests that are disks with a service: a real bash, whose connections go through the lab's networks. */
export class ServiceShell {
  private readonly processes = new Map<string, InnerProcess>();
  private socket: Promise<CommandSocket> | undefined;
  private last = 1_000;

  constructor(private readonly node: PveNode) {}

  /** Starts a program; what it reads is a script of bash. @returns Its pid. */
  async exec(vmid: number, argv: readonly string[], input: string): Promise<number> {
    const { node } = this;
    const { programs } = await this.programs();
    const root = node.site.state.path("machines", `${node.name}-vm${vmid}`, "root");
    furnish(root);
    this.last += 1;
    const pid = this.last;
    const key = `${vmid}/${pid}`;
    this.processes.set(key, { exited: false, out: "", err: "" });
    node.site.events.record(`vm${vmid}`, "agent", argv.join(" "));
    const inside = (text: string) => text.replaceAll(CONNECTION, `${CONNECT} ${vmid} $1 $2`);
    const child = startShell(argv.map(inside), { root, programs, variables: {} });
    const [out, err]: Buffer[][] = [[], []];
    child.stdout.on("data", (part: Buffer) => out?.push(part));
    child.stderr.on("data", (part: Buffer) => err?.push(part));
    child.stdin.on("error", () => undefined);
    child.stdin.end(inside(input));
    child.on("close", (code) => {
      const left = { out: Buffer.concat(out ?? []).toString("utf8"), err: Buffer.concat(err ?? []).toString("utf8") };
      this.processes.set(key, { exited: true, ...(code === null ? { signal: 9 } : { exitcode: code }), ...left });
    });
    return pid;
  }

  /** How a program of a guest does; undefined when there is none. */
  process(vmid: number, pid: number): InnerProcess | undefined {
    return this.processes.get(`${vmid}/${pid}`);
  }

  private programs(): Promise<CommandSocket> {
    this.socket ??= CommandSocket.open([CONNECT], ([, vmid = "", host = "", port = ""]) => {
      const isOpen = this.connects(Number(vmid), host, Number(port));
      return { status: isOpen ? 0 : 1, stdout: "", stderr: isOpen ? "" : "Connection refused\n" };
    }).then((socket) => {
      this.node.machine.runs(socket);
      return socket;
    });
    return this.socket;
  }

  private connects(vmid: number, host: string, port: number): boolean {
    const guest = this.node.guests.value.guests[String(vmid)];
    if (guest === undefined) throw impossible(`there is no guest ${vmid}`);
    const from = { node: this.node, guest };
    return /^(?:127\.|localhost$)/.test(host) ? isServing(from, port) : reaches(from, host, port);
  }
}
