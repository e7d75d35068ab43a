/** A replication job as it is written down. */
export interface ReplicationJob {
  /** Node that gets the copies. */
  target: string;
  /** Node that had the guest when the job was made. */
  source: string;
  /** Everything else, as it was given: schedule, rate, comment, disable. */
  options: Record<string, string>;
  /** When it was marked for removal, in real milliseconds; absent while it lives. */
  markedAt?: number;
}

/** All jobs of a cluster, by `<vmid>-<number>`. */
export interface ReplicationState {
  /** The jobs. */
  jobs: Record<string, ReplicationJob>;
}
