import { ESCROW_FILE } from "../../estate/escrow-record";
import { valueOf } from "../../estate/problem";
import { type Settings } from "../../estate/settings";
import { proofOf } from "../../planning/drill-record";
import { judge } from "../../planning/judgement";
import { readDrills } from "../drill/records";
import { readEscrow } from "../escrow-file";
import { siteOf } from "../report/knowledge";
import { stacksFor } from "./elsewhere";
import { runbookOf, type Runbook } from "./runbook";

/** Compiles the runbook of a site from its files. @throws {InvalidSite} Naming all that is wrong in them. */
export function knownRunbook(stack: {
  readonly name: string;
  readonly settings: Settings;
  readonly siteFolder: string;
  /** Its settings file, beside which others are looked for that are for it. @default - none is */
  readonly settingsFile?: string;
}): Runbook {
  const { settings, siteFolder, name, settingsFile } = stack;
  const { estate, model, observation, record } = siteOf(stack);
  const read = readEscrow(siteFolder);
  return runbookOf({
    estate,
    model,
    judgement: { ...judge(model, observation?.takenAt, record), proof: proofOf(model, readDrills(siteFolder)) },
    stack: name,
    state: settings.state,
    ownCa: settings.caCertificate !== undefined,
    key: settings.key,
    escrow: read === undefined ? undefined : valueOf(read, ESCROW_FILE),
    observation,
    elsewhere: settingsFile === undefined ? [] : stacksFor(settingsFile, name),
  });
}
