import { type BackupServer } from "./backup-server";
import { bucketCopiesOf, type BucketCopySettings } from "./offsite-settings";
import { type Finding, type Problem } from "./problem";
import { type Settings } from "./settings";

/** What keeps a bucket from being a copy of its own. */
export function bucketProblems(settings: Settings, { address, datastore, path }: BackupServer): Problem[] {
  const copies = bucketCopiesOf(settings);
  return copies.flatMap((copy, index) => {
    const at = `offsite.${copy.name}`;
    const main = { path: `${at}.into.datastore`, cure: "give it a name of its own" };
    const dir = { path: `${at}.into.path`, cure: "give it a directory of its own, outside of every other datastore" };
    const others = [
      { datastore, path, name: "the site itself" },
      ...copies.slice(0, index).map((one) => ({ ...one.into, name: one.name })),
      ...Object.entries(settings.peers).map(([name, { into }]) => ({ ...into, name: `peer ${name}` })),
    ];
    return [
      ...(address === undefined
        ? [
            {
              path: at,
              expected: "a backup server that fills it, and the settings have none",
              cure: "set backupServer.address",
            },
          ]
        : []),
      ...(settings.peers[copy.name]?.into.bucket === undefined
        ? []
        : [
            {
              path: at,
              expected: "a name that no peer with a bucket has: the server and the secrets go by it",
              cure: "rename one",
            },
          ]),
      ...(/^[a-z][a-z0-9-]{2,31}$/.test(copy.name)
        ? []
        : [
            {
              path: at,
              expected: "a name of 3 to 32 characters, which the server gets too",
              cure: "choose a longer one",
            },
          ]),
      ...others.flatMap((other) => [
        ...(other.datastore === copy.into.datastore
          ? [{ ...main, expected: `a datastore of its own, and ${copy.into.datastore} is that of ${other.name}` }]
          : []),
        ...(isWithin(copy.into.path, other.path)
          ? [
              {
                ...dir,
                expected: `a directory of its own, and ${copy.into.path} lies in that of ${other.name}, or the other way round`,
              },
            ]
          : []),
      ]),
    ];
  });
}

/** What an owner should know of copies in buckets. */
export function bucketFindings(settings: Settings): Finding[] {
  return bucketCopiesOf(settings).flatMap((copy) => [
    ...modeFindings(copy),
    ...(copy.jobs.verifySchedule === undefined
      ? [
          {
            path: `offsite.${copy.name}.jobs.verifySchedule`,
            advice:
              "nothing rereads the bucket; rereading fetches every chunk, for which most providers charge, so read a guest back now and then",
          },
        ]
      : []),
  ]);
}

function modeFindings({ name, mode, undeleteDays }: BucketCopySettings): Finding[] {
  const path = `offsite.${name}.mode`;
  if (mode === "ordinary") {
    const advice = `whoever takes the backup server over deletes this copy too; the bucket gives it back for ${undeleteDays} days, and after that it is gone`;
    return [{ path, advice }];
  }
  return undeleteDays >= 14
    ? []
    : [
        {
          path: `offsite.${name}.undeleteDays`,
          advice: `an overwritten backup can be brought back for ${undeleteDays} days only; 30 leave time to notice`,
        },
      ];
}

function isWithin(one: string, other: string): boolean {
  return `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);
}
