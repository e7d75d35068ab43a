import { type PageDraft } from "./page";
import { sheetUnknowns } from "./restoring";
import { lossesLike, make, siteName, type RunbookSite } from "./site";

/** The key, and the sheets with it. */
export function keyPages(site: RunbookSite): PageDraft[] {
  return [...lostKeyPages(site), ...sheetPages(site)];
}

function lostKeyPages(site: RunbookSite): PageDraft[] {
  const [first] = site.estate.nodes;
  if (first === undefined) return [];
  const { fingerprint, masterPublicKey } = site.estate.key;
  return [
    {
      id: "key-lost",
      title: "The encryption key is lost, everywhere it lies",
      losses: lossesLike(site, "key:"),
      notes: [
        `The key is ${fingerprint}.`,
        "The guests run. Without a key their backups cannot be read, by nobody: protect what runs, now.",
        masterPublicKey === undefined
          ? "There is no master key: no second way to these backups."
          : "There is a master key: with the sheet's locked half and its passphrase each backup gives back its own key.",
      ],
      unknown: sheetUnknowns(site),
      steps: [
        {
          text: `Look in every place: ${site.key.file} with ${site.key.identityFile} on the control machine, the nodes, every sheet, every share.`,
          by: "program",
          commands: [make(site, "doctor")],
          decision: { question: "Is it in none of them?", otherwise: { step: "found" } },
        },
        {
          text: "Do not switch a guest off, and update none: their disks are the only readable copy.",
          by: "hand",
          check: make(site, "status"),
          expect: "Every guest runs.",
        },
        {
          text: "Make another key with another sheet, print it, and write its fingerprint into the settings; it takes an acceptance, because old backups need the old key.",
          by: "program",
          commands: [make(site, "key", { PBS: site.estate.backupServer.address ?? "<address>" }), make(site, "up")],
          expect: "The storage carries the new key.",
        },
        {
          text: "Run the nightly backup now, in PVE: Datacenter, Backup, Run now. It reads everything. Keep the old backups: the old key may be found.",
          by: "hand",
          check: make(site, "watch"),
          expect: "No guest without a backup of the last 26 hours, and no word of another key.",
        },
        {
          name: "found",
          text: "It was found: take it in, and make two sheets of it.",
          by: "program",
          commands: [
            make(site, "key", {
              IMPORT: "<file>",
              PBS: site.estate.backupServer.address ?? "<address>",
            }),
            make(site, "key-check", { WHO: "<who keeps it>", WHERE: "<where>" }),
          ],
          check: make(site, "doctor"),
          expect: "key: in order.",
        },
      ],
    },
  ];
}

/** Sheets with the key, or parts of it: one page for all. */
function sheetPages(site: RunbookSite): PageDraft[] {
  const losses = lossesLike(site, "shelf:");
  const names = site.model.places.filter(({ id }) => losses.includes(id)).map(({ name }) => name);
  const joined = site.estate.backupServer.address ?? "<address>";
  return [
    {
      id: "sheet-lost",
      title: "An escrow sheet is lost",
      losses,
      notes: [
        names.length === 0 ? "No sheet is written down." : `Written down: ${names.join("; ")}.`,
        "The site and its backups go on. A sheet that was burnt is replaced; one that was stolen opens every backup that the thief can reach.",
      ],
      unknown: sheetUnknowns(site),
      steps: [
        {
          text: "See that the key is still where it is used, and that another sheet is whole.",
          by: "program",
          commands: [make(site, "doctor")],
          expect: "key and escrow: in order, but for the sheet that is lost.",
          decision: { question: "Is the key file of this site in order?", otherwise: { page: "key-lost" } },
        },
        {
          text: "Write another sheet of the same key, print it, read it back, and say who keeps it and where.",
          by: "program",
          commands: [
            `node --import=tsx commands/main.ts key escrow --site ${siteName(site)} --pbs ${joined} --folder ${site.estate.site} --escrow-file keys/escrow-2.txt`,
          ],
          check: make(site, "key-check", { WHO: "<who keeps it>", WHERE: "<where>" }),
          expect:
            "Four groups that are right. This sheet holds no master key: that stands on the sheet that was made with it.",
        },
        {
          text: "Was it stolen? Then end the ways to the backups: no login to backup server or copies may be the thief's.",
          by: "program",
          commands: [make(site, "rotate")],
          expect: "The former secret is refused. For all logins: the page of the intruder.",
        },
      ],
    },
  ];
}
