import * as z from "zod";

import { groupFilter, rateText } from "./copy-source-settings";
import { type OffsiteCopy } from "./offsite-settings";
import { type Finding, type Problem } from "./problem";
import { retentionSettings } from "./retention-settings";
import { fingerprintText, identifier, plainText, portNumber, scheduleText, text, tokenText } from "./schema";
import { type Settings } from "./settings";
import { isDay } from "./units/day";

const receiver = z.strictObject({
  /** Where it stands, for people: `a provider in Falkenstein`. */
  place: plainText,
  /** Name or address of the provider's PBS. */
  address: identifier("address"),
  /** TCP port. @default 8007 */
  port: portNumber.default(8007),
  /** SHA-256 fingerprint of its certificate; leave it out only when the certificate is publicly trusted. */
  fingerprint: fingerprintText.optional(),
  /** Datastore over there. **Another one is another copy.** */
  datastore: identifier("pbsId"),
  /** Namespace over there. @default - the root namespace */
  namespace: identifier("namespace").optional(),
  /** Token that writes there and may not delete; its secret is `<name>Writer`. */
  authId: tokenText("me@pbs!push"),
  /** When it is sent, by this PBS's clock. @default "05:00" */
  schedule: scheduleText.default("05:00"),
  /** Groups that are sent: `group:vm/140`, `type:ct`. **What is left out has no copy there.** @default - all */
  groups: z.array(groupFilter).optional(),
  /** Most that is sent a second, such as `10 MB`. @default - no limit */
  rateOut: rateText.optional(),
  /** What the provider says that it keeps. `make watch` holds it against what is there. @default - 7 days, 4 weeks, 12 months, years for ever */
  retention: retentionSettings.optional(),
  /** Day on which somebody last looked at retention and verification over there, "2026-11-27". @default - nobody has */
  lookedAt: text(isDay, 'a day in quotes such as "2026-11-27"').optional(),
  /** Whether it is reread there by a schedule. @default false */
  verified: z.boolean().default(false),
});

/** Servers of somebody else's to which backups are sent, because they cannot fetch them; by a name of one's own. */
export const hostedSettings = z
  .record(
    text((name) => /^[a-z][a-z0-9-]{2,30}$/.test(name), 'a name such as "provider", from 3 characters on'),
    receiver,
  )
  .default({});

/** One of them. */
export type HostedPlan = z.infer<typeof receiver> & {
  /** Its name in the settings. */
  readonly name: string;
};

/** The receivers of the settings, by name. */
export function hostedOf({ hosted }: Pick<Settings, "hosted">): HostedPlan[] {
  return Object.entries(hosted)
    .map(([name, one]) => ({ ...one, name }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Key of the secret with which backups are sent, `providerWriter`. */
export function writerKey(name: string): string {
  return `${name}Writer`;
}

/** The same as a plan counts copies elsewhere. */
export function hostedCopiesOf(receivers: readonly HostedPlan[]): OffsiteCopy[] {
  return receivers.map(({ name, place, authId, schedule, retention, verified }) => ({
    ...{ name, kind: "hosted" as const, place, location: undefined, reader: authId },
    ...{ sameBuilding: false, loginAtHome: false, schedule, retention, verified, deletedAfterDays: undefined },
  }));
}

/** What is wrong with them: what is sent needs a server that sends, and a name is one job on it. */
export function hostedProblems(receivers: readonly HostedPlan[], settings: Settings): Problem[] {
  const { address } = settings.backupServer;
  return receivers.flatMap(({ name, address: there }) => {
    const at = `hosted.${name}`;
    if (address === undefined) {
      const expected = "a backup server that sends, and backupServer.address names none";
      return [{ path: at, expected, cure: "name the backup server, or take it out" }];
    }
    if (there === address) {
      const expected = "the server of another place, and that is this site's own";
      return [{ path: `${at}.address`, expected, cure: "name the provider's" }];
    }
    if (name in settings.peers || name in settings.offsite) {
      const expected = "a name that neither peers nor offsite has";
      return [{ path: at, expected, got: `"${name}"`, cure: "take another name" }];
    }
    return [];
  });
}

/** What an owner should know of copies that are sent: how far they resist, and that nobody has looked. */
export function hostedFindings(receivers: readonly HostedPlan[]): Finding[] {
  return receivers.flatMap(({ name, lookedAt }) => [
    {
      path: `hosted.${name}`,
      advice:
        "it is sent, so who takes this site over holds a login that writes there: it can delete none, and it can keep new ones out with a " +
        "backup dated ahead, or crowd old ones out where the provider keeps a number; a copy that is fetched resists more",
    },
    ...(lookedAt === undefined
      ? [
          {
            path: `hosted.${name}.lookedAt`,
            advice:
              "nobody has looked whether the provider keeps and rereads what it says; look, and write the day down",
          },
        ]
      : []),
  ]);
}
