import { type Rebuilt } from "../rebuild";

const EXIT: Readonly<Record<Rebuilt["end"], number>> = {
  ...{ nothing: 0, shown: 0, done: 0 },
  ...{ declined: 3, partly: 2, stopped: 1, failed: 1 },
};

/** Tells a shell how a rebuild or a failback ended: 0 done or nothing to do, 2 all but what is set aside, 3 a person did not want it, 1 anything else. */
export function tellEnd(rebuilt: Rebuilt, json = false): void {
  if (json) console.log(JSON.stringify(rebuilt, null, 2));
  process.exitCode = EXIT[rebuilt.end];
}
