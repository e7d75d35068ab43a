/** A replication job, as `/etc/pve/replication.cfg` has it. */
export interface ReplicationJob {
  /** Guest. */
  sid: string;
  /** Node that has the guest. */
  source: string;
  /** Node that gets the copies. */
  target: string;
  /** Calendar event. */
  schedule: string;
  /** Highest bytes a second; absent means as fast as the link. */
  rate?: number;
  /** Whether it rests. */
  disable?: boolean;
}

/** What the runs of a job have left behind (ReplicationState.pm). */
export interface JobState {
  /** Start of the last run, unix seconds; 0 before the first. */
  last_try: number;
  /** Start of the last run that succeeded, unix seconds; 0 before it. */
  last_sync: number;
  /** Scheduler's round of the last run. */
  last_iteration: number;
  /** Failed runs in a row. */
  fail_count: number;
  /** Seconds of the last run. */
  duration?: number;
  /** Why the last run failed; absent after a good one. */
  error?: string;
}

/** A run in progress; a node has one at a time. */
export interface Run {
  /** Job. */
  job: string;
  /** Start in seconds of virtual time: the copy will be as of then. */
  since: number;
  /** Bytes to copy. */
  bytes: number;
  /** Node that receives. */
  target: string;
}

/** All of replication. */
export interface ReplicationState {
  /** By job id. */
  jobs: Record<string, JobState>;
  /** Runs in progress by source node. */
  runs: Record<string, Run>;
  /** Time, seconds since 1970, at which a node's scheduler began its round. Source: run_jobs in PVE's Replication.pm. */
  iterations: Record<string, number>;
}
