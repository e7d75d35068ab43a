import { isOnPaper, overdueChecks, type EscrowRecord } from "../../estate/escrow-record";
import { readEscrow } from "../escrow-file";
import { failure, ok, warning, type Check, type Finding } from "./check";
import { type DoctoredSite } from "./site";

/** The escrow sheets: without one, a fire takes the key, and with it every backup. */
export function escrowCheck({ folder, settings }: DoctoredSite, now = Date.now()): Check {
  return {
    name: "escrow",
    run: () => {
      const record = readEscrow(folder);
      if (record === undefined) return Promise.resolve([nowhere()]);
      if (record.ok) return Promise.resolve(escrowFindings(record.value, settings.key.fingerprint, now));
      const cure = "correct it; sites/single-node/README.md has the forms of a site's files";
      return Promise.resolve(
        record.problems.map(({ path, expected }) => failure(`${path}: expected ${expected}`, cure)),
      );
    },
  };
}

function nowhere(): Finding {
  const cure =
    "print the sheet that `make key` wrote, put it in two places, and write them into the site's escrow.json";
  return warning("it is not written down where the escrow sheets are: with the key every backup is lost", cure);
}

/** @param fingerprint Of the key of the settings. */
export function escrowFindings(record: EscrowRecord, fingerprint: string, now: number): Finding[] {
  const { places, shares } = record;
  if (!isOnPaper(record)) return [nowhere()];
  const overdue = overdueChecks(record, now).map(({ who, where, days }) =>
    warning(
      `nobody has looked at the sheet of ${who} (${where}) for ${days} days`,
      "read it, compare its fingerprint, and write the day into the site's escrow.json",
    ),
  );
  const alone = warning("there is one escrow sheet only", "put a second one in another house");
  const other = failure(
    `the sheets hold the key ${record.fingerprint.slice(0, 23)}…, the settings name ${fingerprint.slice(0, 23)}…`,
    "print new sheets for the new key; keep the old ones as long as there are backups of the old key",
  );
  const found = [
    ...(record.fingerprint === fingerprint ? [] : [other]),
    ...(places.length === 1 && shares === undefined ? [alone] : []),
    ...shareFindings(record),
    ...overdue,
  ];
  const said = [
    ...(places.length === 0 ? [] : [`${places.length} sheets`]),
    ...(shares === undefined ? [] : [`${shares.places.length} shares`]),
  ];
  return found.length === 0 ? [ok(`${said.join(" and ")}, each looked at in time`)] : found;
}

/** Shares help as long as one of them can be lost. */
function shareFindings({ shares }: EscrowRecord): Finding[] {
  if (shares === undefined || shares.places.length > shares.needed) return [];
  const { needed, of, places } = shares;
  const text = `it is written down where ${places.length} of ${of} shares are, and ${needed} are needed: with one lost, the key is not put together`;
  return [warning(text, "give the others to people, and write them down: make key-split writes where they are")];
}
