import { type TaskOrder, type Worker } from "../../core/tasks";
import { type BackupServer } from "../backup-server";

/** What a task's message says by which matchers choose. */
export interface Told {
  /** `gc`, `prune`, `sync`, `verify`. */
  readonly type: "gc" | "prune" | "sync" | "verify";
  /** Datastore on which it works. */
  readonly store: string;
  /** Job behind it, if there is one. */
  readonly jobId?: string;
}

const WORDS = {
  gc: "Garbage Collect Datastore",
  prune: "Pruning Datastore",
  sync: "Sync",
  verify: "Verify Datastore",
} as const;

/** Starts a task of whose end people are told. Source: proxmox-backup, src/server/notifications/mod.rs. */
export function startTold(
  server: BackupServer,
  order: TaskOrder,
  { type, store, jobId }: Told,
  work: (worker: Worker) => Promise<void> | void,
): string {
  return server.tasks.start(order, async (worker) => {
    const lines: string[] = [];
    const log = (line: string): void => {
      lines.push(line);
      worker.log(line);
    };
    let failure: Error | undefined;
    try {
      await work({ ...worker, log });
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    if (server.datastores.find(store)?.["notification-mode"] !== "legacy-sendmail") {
      await server.notifications.notify({
        severity: failure === undefined ? "info" : "error",
        title: `${WORDS[type]} '${store}' ${failure === undefined ? "successful" : "failed"}`,
        message: lines.join("\n"),
        timestamp: server.machine.site.clock.seconds(),
        fields: {
          type,
          datastore: store,
          hostname: server.machine.name,
          ...(jobId !== undefined && { "job-id": jobId }),
        },
      });
    }
    if (failure !== undefined) throw failure;
  });
}
