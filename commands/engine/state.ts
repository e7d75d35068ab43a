import * as z from "zod";

import { type AnyStack } from "./stack";

/** One resource of a stack's state. */
export interface StateResource {
  /** Name in the state. */
  readonly urn: string;
  /** Type token. */
  readonly type: string;
  /** Component that it is a part of. */
  readonly parent?: string | undefined;
  /** Whether it stands for something, and is no component. */
  readonly custom: boolean;
  /** Whether the engine refuses to delete it. */
  readonly protect: boolean;
  /** Whether it stays on the site when it leaves the program. */
  readonly retained: boolean;
  /** What the program said of it; secrets encrypted. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What is known of it; secrets encrypted. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** A stack's state as `pulumi stack export` gives it, and the parts that matter here. */
export interface ExportedState {
  /** The text itself, for a copy or an import. */
  readonly text: string;
  /** Resources, in the engine's order. */
  readonly resources: readonly StateResource[];
  /** Operations that a run began and never ended, as `creating <urn>`. */
  readonly pending: readonly { readonly type: string; readonly urn: string }[];
}

const RESOURCE = z.looseObject({
  urn: z.string(),
  type: z.string(),
  parent: z.string().optional(),
  custom: z.boolean().default(false),
  protect: z.boolean().default(false),
  retainOnDelete: z.boolean().default(false),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
});

const EXPORT = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(RESOURCE).default([]),
    pending_operations: z
      .array(z.looseObject({ type: z.string(), resource: z.looseObject({ urn: z.string() }) }))
      .default([]),
  }),
});

/** The state of a stack; without resources before the first run. @throws {Error} When the engine cannot give it. */
export async function exportState(stack: AnyStack): Promise<ExportedState> {
  const { code, stdout, stderr } = await stack.run(["stack", "export"]);
  if (code !== 0) throw new Error(`The state of ${stack.name} cannot be read: ${stderr.trim()}${cureOf(stderr)}`);
  const { deployment } = EXPORT.parse(JSON.parse(stdout));
  return {
    text: stdout,
    resources: deployment.resources.map(({ retainOnDelete, ...resource }) => ({
      ...resource,
      retained: retainOnDelete,
    })),
    pending: deployment.pending_operations.map(({ type, resource }) => ({ type, urn: resource.urn })),
  };
}

function cureOf(message: string): string {
  if (!message.includes("failed to load checkpoint")) return "";
  return "\nCure: a run was probably killed while it wrote the state; make up puts that in order and goes on from there.";
}

/** Puts a state in place of the stack's. @throws {Error} When the engine refuses it. */
export async function importState(stack: AnyStack, text: string): Promise<void> {
  const { code, stderr } = await stack.run(["stack", "import"], { input: text });
  if (code !== 0) throw new Error(`The state of ${stack.name} cannot be put back: ${stderr.trim()}`);
}

/** Type of a backup job of PVE in plans and states. */
export const BACKUP_JOB = "resilience:pve:BackupJob";

/** VMIDs in the properties of a backup job; none where they cannot be read. */
export function vmidsOf({ vmids }: Readonly<Record<string, unknown>>): unknown[] {
  return Array.isArray(vmids) ? (vmids as unknown[]) : [];
}

/** VMIDs in the backup jobs that the state knows. */
export function protectedIn(resources: readonly StateResource[]): number[] {
  return jobsIn(resources).flatMap(({ vmids }) => vmids);
}

/** A backup job as the state knows it. */
export interface KeptJob {
  /** Guests in it. */
  readonly vmids: readonly number[];
  /** When it runs, a calendar event. */
  readonly schedule: string;
}

/** Backup jobs that the state knows. */
export function jobsIn(resources: readonly StateResource[]): KeptJob[] {
  const jobs = resources.filter(({ type }) => type === BACKUP_JOB);
  return jobs.map(({ outputs }) => ({
    vmids: (outputs["vmids"] ?? []) as number[],
    schedule: (outputs["schedule"] ?? "") as string,
  }));
}

/** Names of the storages into which backups are written, as the state knows them. */
export function storagesIn(resources: readonly StateResource[]): string[] {
  const entries = resources.filter(({ type }) => type === "resilience:pve:PbsStorage");
  return entries.flatMap(({ outputs }) => (outputs["storage"] === undefined ? [] : [outputs["storage"] as string]));
}

/** Nodes whose configuration the program has backed up, as the state knows them. */
export function configuredNodesIn(resources: readonly StateResource[]): string[] {
  const kept = resources.filter(({ type }) => type === "tappaas:backup:HostConfig");
  return kept.map(({ urn }) => nameIn(urn).replace(/^host-/, ""));
}

/** Last part of a URN: the logical name. */
export function nameIn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
