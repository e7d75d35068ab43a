import { type Cases } from "../judge";
import { BACKUPS_CASES } from "./backups";
import { CLOUD_CASES } from "./cloud";
import { COPIES_CASES } from "./copies";
import { FAILOVER_CASES } from "./failover";
import { GUESTS_CASES } from "./guests";
import { NODES_CASES } from "./nodes";
import { WAY_IN_CASES } from "./way-in";

/** What complies with each rule, and what does not. */
export const CASES: Cases = {
  ...BACKUPS_CASES,
  ...CLOUD_CASES,
  ...COPIES_CASES,
  ...FAILOVER_CASES,
  ...GUESTS_CASES,
  ...NODES_CASES,
  ...WAY_IN_CASES,
};
