import { strict as assert } from "node:assert";

import { maintain, type Tools } from "../../../commands/maintain/run";
import { type SeenCluster, type SeenGuest } from "../../../commands/maintain/plan";
import { type Ask } from "../../../commands/observe/site";

const OK = { code: 0, stdout: "", stderr: "" };
const LIMITS = { drain: 0.05, back: 0.05, settle: 0.05, pause: 1 };

/** A cluster of three in memory: what is told to HA happens at once, unless the test says otherwise. */
class Cluster {
  readonly told: string[] = [];
  readonly said: string[] = [];
  readonly guests: SeenGuest[];
  state = "online";
  booted = 1_000;
  clock = 100_000;
  moves = true;
  restarts = true;
  /** Seconds that pass before each of the next answers about the time. */
  readonly lags: number[] = [];
  bootCode = 0;
  stops = true;
  models: readonly (string | undefined)[] = [];

  constructor(guests: readonly Partial<SeenGuest>[] = [{}]) {
    this.guests = guests.map((changes) => ({
      ...{
        id: "vm:140",
        name: "identity",
        node: "tappaas1",
        running: true,
        onBoot: true,
        memory: 1,
        cpuType: undefined,
      },
      ...{ haState: "started", ruleNodes: ["tappaas1", "tappaas2"], replicas: [] },
      ...changes,
    }));
  }

  look(): Promise<SeenCluster> {
    const names = ["tappaas1", "tappaas2", "tappaas3"];
    const nodes = names.map((name) => ({
      name,
      online: true,
      cpuModel: this.models[names.indexOf(name)],
      memory: 64,
      haState: "online",
    }));
    return Promise.resolve({
      quorate: true,
      device: "none",
      promised: 3_600,
      nodes,
      guests: structuredClone(this.guests),
    });
  }

  tell(command: string) {
    this.told.push(command);
    if (command.includes(" enable ")) {
      this.state = "maintenance";
      if (this.moves) this.#moveTo("tappaas2");
    }
    if (command.includes(" disable ")) {
      this.state = "online";
      this.#moveTo("tappaas1");
    }
    const [, id, wanted = ""] = /^ha-manager set (\S+) --state (\S+)$/.exec(command) ?? [];
    if (wanted === "stopped" && this.stops)
      this.#change((guest) => (guest.id === id ? { ...guest, haState: "stopped", running: false } : guest));
    if (wanted === "started") {
      const node = this.state === "maintenance" ? "tappaas2" : "tappaas1";
      this.#change((guest) => (guest.id === id ? { ...guest, haState: "started", running: true, node } : guest));
    }
    return Promise.resolve(OK);
  }

  inside(command: string) {
    this.told.push(command);
    if (command === "systemctl reboot" && this.restarts) this.booted += 50_000;
    const vmid = /start (\d+)$/.exec(command)?.[1];
    this.#change((guest) => (guest.id.endsWith(`:${vmid ?? "none"}`) ? { ...guest, running: true } : guest));
    if (command === "systemctl reboot" && this.restarts)
      this.#change((guest) => (guest.haState === undefined && !guest.onBoot ? { ...guest, running: false } : guest));
    return Promise.resolve({ ...OK, code: command === "systemctl reboot" ? this.bootCode : 0, stderr: "no" });
  }

  answer(path: string): unknown {
    if (path.endsWith("/manager_status")) return { manager_status: { node_status: { tappaas1: this.state } } };
    if (path.endsWith("/time")) return { time: (this.clock += this.lags.shift() ?? 0) };
    if (path.endsWith("/tappaas1/status")) return { uptime: this.clock - this.booted };
    if (path.endsWith("/tasks")) return [{ type: "qmigrate", status: "migration aborted: no room" }];
    const watched = this.guests.filter(({ haState }) => haState !== undefined);
    return watched.map(({ id, node, haState }) => ({ type: "service", sid: id, node, state: haState }));
  }

  tools(): Tools {
    const ask: Ask = (shape, { path }) => Promise.resolve(shape.parse(this.answer(path)));
    const inside = () => Promise.resolve({ run: (command: string) => this.inside(command), close: () => undefined });
    return { ask, look: () => this.look(), beside: { run: (command) => this.tell(command) }, inside };
  }

  talk(answer = true) {
    const say = (line: string) => this.said.push(line);
    return { say, confirm: () => Promise.resolve(answer), ask: () => Promise.resolve("") };
  }

  #moveTo(node: string): void {
    this.#change((guest) => (guest.haState === "started" ? { ...guest, node } : guest));
  }

  #change(change: (guest: SeenGuest) => SeenGuest): void {
    this.guests.splice(0, this.guests.length, ...this.guests.map(change));
  }
}

const run = (at: Cluster, tools: Partial<Tools> = {}) =>
  maintain("tappaas1", { ...at.tools(), ...tools }, LIMITS, at.talk());

const ENABLE = "ha-manager crm-command node-maintenance enable tappaas1";
const DISABLE = "ha-manager crm-command node-maintenance disable tappaas1";

describe("a node's maintenance", () => {
  it("empties, restarts and gives back, in this order", async () => {
    const at = new Cluster();
    assert.equal(await run(at), "done");
    assert.deepEqual(at.told, [ENABLE, "systemctl reboot", DISABLE]);
    assert.ok(at.said.includes("tappaas1 is in use again, with everything that ran on it."));
  });

  it("touches nothing when it only shows, when a person says no, or when something stands against it", async () => {
    const at = new Cluster();
    assert.equal(await maintain("tappaas1", at.tools(), LIMITS, at.talk(), true), "planned");
    assert.equal(await maintain("tappaas1", at.tools(), LIMITS, at.talk(false)), "declined");
    const broken = new Cluster([{ haState: "error" }]);
    assert.equal(await run(broken), "refused");
    assert.deepEqual([...at.told, ...broken.told], []);
  });

  it("gives a node back that does not get empty, says which guest stays and why, and does not restart it", async () => {
    const at = new Cluster();
    at.moves = false;
    assert.equal(await run(at), "not drained");
    assert.deepEqual(at.told, [ENABLE, DISABLE]);
    assert.ok(at.said.some((line) => line.includes('vm:140: its move ended with "migration aborted: no room"')));
  });

  it("leaves a node that does not return in maintenance, so that nothing moves onto it unseen", async () => {
    const at = new Cluster();
    at.restarts = false;
    assert.equal(await run(at), "not back");
    assert.deepEqual(at.told, [ENABLE, "systemctl reboot"]);
    assert.match(at.said.at(-1) ?? "", /has not come back[\s\S]*node-maintenance disable tappaas1/);
  });

  it("does not take slow answers for a restart", async () => {
    const at = new Cluster();
    at.restarts = false;
    at.lags.push(0, 0, 90, 90, 90, 90);
    assert.equal(await run(at), "not back");
  });

  it("gives the node back when its restart is refused", async () => {
    const at = new Cluster();
    at.bootCode = 1;
    await assert.rejects(run(at), /tappaas1 does not restart: no/);
    assert.deepEqual(at.told, [ENABLE, "systemctl reboot", DISABLE]);
  });

  it("never moves a machine of the node's own processor while it runs: it is off on both ways, and on in between", async () => {
    const at = new Cluster([{ cpuType: "host" }]);
    at.models = ["One", "Another", "Another"];
    assert.equal(await run(at), "done");
    const [off, on] = ["stopped", "started"].map((state) => `ha-manager set vm:140 --state ${state}`);
    assert.deepEqual(at.told, [off, ENABLE, on, "systemctl reboot", off, DISABLE, on]);
  });

  it("starts a machine again that cannot be stopped, and does not empty the node", async () => {
    const at = new Cluster([{ cpuType: "host" }]);
    at.models = ["One", "Another", "Another"];
    at.stops = false;
    await assert.rejects(run(at), /vm:140 started: not stopped/);
    const states = ["stopped", "started"].map((state) => `ha-manager set vm:140 --state ${state}`);
    assert.deepEqual(at.told, states);
  });

  it("gives the node back, with everything on, when a person ends it before the restart", async () => {
    const at = new Cluster([{ cpuType: "host" }, { id: "vm:610", name: "vaultwarden" }]);
    at.models = ["One", "Another", "Another"];
    at.moves = false;
    const wish = new AbortController();
    const beside = {
      run: (command: string) => {
        if (command === ENABLE) wish.abort();
        return at.tell(command);
      },
    };
    assert.equal(await run(at, { signal: wish.signal, beside }), "not drained");
    assert.deepEqual(at.told.slice(-2), [DISABLE, "ha-manager set vm:140 --state started"]);
    assert.deepEqual(
      at.guests.map(({ node, running }) => [node, running]),
      [
        ["tappaas1", true],
        ["tappaas1", true],
      ],
    );
    assert.ok(!at.told.includes("systemctl reboot"));
  });

  it("starts what it has stopped when it is ended before the node was told anything", async () => {
    const at = new Cluster([{ cpuType: "host" }]);
    at.models = ["One", "Another", "Another"];
    assert.equal(await run(at, { signal: AbortSignal.abort() }), "not drained");
    assert.deepEqual(
      at.told,
      ["stopped", "started"].map((state) => `ha-manager set vm:140 --state ${state}`),
    );
  });

  it("leaves a node that restarts in maintenance when a person ends it, and says how to give it back", async () => {
    const at = new Cluster();
    at.restarts = false;
    const wish = new AbortController();
    const inside = () =>
      Promise.resolve({
        run: (command: string) => {
          wish.abort();
          return at.inside(command);
        },
        close: () => undefined,
      });
    assert.equal(await run(at, { signal: wish.signal, inside }), "not back");
    assert.deepEqual(at.told, [ENABLE, "systemctl reboot"]);
    assert.match(at.said.at(-1) ?? "", /stays in maintenance.*node-maintenance disable tappaas1/);
  });

  it("starts machines again even when HA does not take the node back", async () => {
    const at = new Cluster([{ cpuType: "host" }]);
    at.models = ["One", "Another", "Another"];
    const beside = {
      run: (command: string) =>
        command === DISABLE ? Promise.resolve({ ...OK, code: 255, stderr: "no quorum" }) : at.tell(command),
    };
    await assert.rejects(run(at, { beside }), /node-maintenance disable tappaas1` failed: no quorum/);
    assert.equal(at.told.at(-1), "ha-manager set vm:140 --state started");
  });

  it("changes nothing when the node's own shell does not open", async () => {
    const at = new Cluster();
    await assert.rejects(
      run(at, { inside: () => Promise.reject(new Error("no SSH server answers")) }),
      /no SSH server/,
    );
    assert.deepEqual(at.told, []);
  });

  it("starts again what ran and nobody else starts, and nothing that was off", async () => {
    const at = new Cluster([
      { id: "vm:213", name: "deconz", haState: undefined, onBoot: false },
      { id: "ct:312", name: "vllm-amd", haState: undefined, onBoot: false },
      { id: "vm:500", name: "windows-server", haState: undefined, onBoot: false, running: false },
    ]);
    assert.equal(await run(at), "done");
    assert.deepEqual(at.told.slice(-2), ["qm start 213", "pct start 312"]);
  });
});
