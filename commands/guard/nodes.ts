import { ASK_UNIT, RETURN_GUARD_FOLDER } from "../../estate/units/return-guard-places";
import { type Stack } from "../engine/stack";
import { readSecret } from "../secrets";
import { enterShell, type NodeShell } from "../ssh/node-shell";

/** What the guard of a node decided last, and whom it holds. */
export interface GuardSeen {
  /** The node. */
  readonly node: string;
  /** VMIDs that it holds. */
  readonly held: readonly number[];
  /** What it decided, a line each: `answer=none`, `place=…`, `guest=140:hold:…`. */
  readonly decision: readonly string[];
  /** Why nothing is known of it; undefined where something is. */
  readonly problem: string | undefined;
}

/** Asks every node of a site what its guard holds. */
export function guardsOf(stack: Stack): Promise<GuardSeen[]> {
  return onNodes(stack, async (shell, node) => {
    const { code, stdout, stderr } = await shell.run(`bash ${RETURN_GUARD_FOLDER}/program show`);
    if (code !== 0) return { node, held: [], decision: [], problem: `it has no guard: ${stderr.trim()}` };
    const lines = stdout.split("\n").filter((line) => line !== "");
    const held = lines.flatMap((line) => /^held=(\d+)$/.exec(line)?.[1] ?? []).map(Number);
    return { node, held, decision: lines.filter((line) => !line.startsWith("held=")), problem: undefined };
  });
}

/** Why a node holds a guest, in its own words. */
export function heldBecause({ decision }: GuardSeen, vmid: number): string {
  const line = decision.findLast((one) => one.startsWith(`guest=${vmid}:`));
  return line?.split(":").slice(2).join(":") ?? "nobody was asked yet";
}

/** Node by node whom the guards hold, and why, for people. */
export function guardLines(guards: readonly GuardSeen[]): string[] {
  return guards.flatMap((guard) => {
    const { node, held, problem } = guard;
    if (problem !== undefined) return [`  ${node}: ${problem}`];
    return [
      `  ${node}: ${held.length === 0 ? "holds no guest" : `holds ${held.length}`}`,
      ...held.map((vmid) => `    ${vmid} is held: ${heldBecause(guard, vmid)}`),
    ];
  });
}

/** Lets every node ask the places again; guests start by what they say. */
export async function askAgain(stack: Stack): Promise<void> {
  await onNodes(stack, async (shell, node) => {
    await shell.run(`systemctl start ${ASK_UNIT}`);
    return { node, held: [], decision: [], problem: undefined };
  });
}

/** Gives held guests back what they had, whatever the places say, and starts them. */
export function release(stack: Stack, vmids: readonly number[]): Promise<GuardSeen[]> {
  return onNodes(stack, async (shell, node) => {
    const { code, stderr } = await shell.run(`bash ${RETURN_GUARD_FOLDER}/program release ${vmids.join(" ")}`);
    return { node, held: [], decision: [], problem: code === 0 ? undefined : stderr.trim() };
  });
}

async function onNodes(
  stack: Stack,
  work: (shell: NodeShell, node: string) => Promise<GuardSeen>,
): Promise<GuardSeen[]> {
  const { settings, settingsFile } = stack;
  const privateKey = await readSecret(settingsFile, "sshPrivateKey", "SSH_PRIVATE_KEY");
  const seen: GuardSeen[] = [];
  for (const [node, { ssh }] of Object.entries(settings.nodes)) {
    try {
      const shell = await enterShell(ssh, privateKey);
      seen.push(
        await work(shell, node).finally(() => {
          shell.close();
        }),
      );
    } catch (error) {
      const problem = (error instanceof Error ? error.message : String(error)).split("\n")[0];
      seen.push({ node, held: [], decision: [], problem });
    }
  }
  return seen;
}
