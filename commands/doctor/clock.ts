import { ok, failure, warning, type Finding } from "./check";

/** Beyond it schedules and dates of backups are off, and a person reading logs is misled. */
const WARN_SECONDS = 10;
/** Beyond it tickets are refused: PVE takes none that is more than 5 minutes from the future. */
const FAIL_SECONDS = 300;

/** How far a machine's clock is from this one's. @param time Seconds since 1970 there. */
export function clockFinding(machine: string, time: number, now = Date.now()): Finding {
  const off = Math.round(Math.abs(time - now / 1000));
  const says = `the clock of ${machine} and that of this machine differ by ${off} s`;
  const cure = "let both keep time from the network: `chronyc tracking`, or `timedatectl` here";
  if (off > FAIL_SECONDS) return failure(says, cure);
  return off > WARN_SECONDS ? warning(says, cure) : ok(`clock within ${WARN_SECONDS} s`);
}
