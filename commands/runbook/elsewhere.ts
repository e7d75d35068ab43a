import { existsSync } from "node:fs";

import * as z from "zod";

import { projectOf, stackFilesIn, writtenSettings } from "../stack-file";
import { siteId } from "../../planning/places";
import { type PageDraft } from "./page";
import { declared, siteName, takes, type RunbookSite } from "./site";

/** A stack that brings a site's guests back somewhere else. */
export interface ElsewhereStack {
  /** Its name, `oak` for Pulumi.oak.yaml. */
  readonly stack: string;
  /** Where: on somebody else's node, or on a machine that is rented. */
  readonly role: "dr-host" | "dr-cloud";
}

const SETTINGS = z.looseObject({
  role: z.enum(["dr-host", "dr-cloud"]),
  home: z.string(),
});

/** Stacks beside a site's own that are prepared for it; one whose file cannot be read is no stack of it. */
export function stacksFor(settingsFile: string, home: string): ElsewhereStack[] {
  const folder = projectOf(settingsFile);
  if (!existsSync(folder)) return [];
  return stackFilesIn(folder).flatMap(({ name: stack, file }): ElsewhereStack[] => {
    const settings = writtenIn(file);
    return settings?.home !== home ? [] : [{ stack, role: settings.role }];
  });
}

function writtenIn(file: string): z.infer<typeof SETTINGS> | undefined {
  try {
    return SETTINGS.safeParse(writtenSettings(file)).data;
  } catch {
    return undefined;
  }
}

/** Names of the stacks of one role. */
export function namesOf({ elsewhere = [] }: Pick<RunbookSite, "elsewhere">, role: ElsewhereStack["role"]): string[] {
  return elsewhere.filter((one) => one.role === role).map(({ stack }) => stack);
}

/** Name of the page. */
export const CLOUD = "cloud";

/** No hardware and no node: a machine that is rented. Only where a stack is prepared for that. */
export function cloudPages(site: RunbookSite): PageDraft[] {
  const [stack, ...others] = namesOf(site, "dr-cloud");
  if (stack === undefined) return [];
  const options = "--escrow-file escrow.txt";
  return [
    {
      id: CLOUD,
      title: `The whole site ${siteName(site)}, and nowhere to go: a node at AWS`,
      losses: [siteId(site.estate)],
      notes: [
        "Method 3, for when there is neither hardware at home nor a node of somebody else. It costs money for every hour, and whoever is root there can read what runs there.",
        ...(others.length === 0 ? [] : [`Also prepared: ${others.join(", ")}.`]),
        `docs/how-to/dr-cloud.md says who can read what, what stands ready, and how all goes home again.`,
      ],
      unknown: [
        {
          text: "who has the login of the account at AWS, and its second factor",
          cure: "write it on the sheet of paper that this runbook is printed on; it does not belong on a machine of home",
        },
      ],
      steps: [
        declared(site),
        {
          text: "See that it is this page: hardware at home comes first, somebody else's node second.",
          by: "hand",
          decision: {
            question: "Is there neither hardware nor a node, and will there be none soon enough?",
            otherwise: { page: "whole-site" },
          },
        },
        {
          text: "See which machine it would be, what it costs a day, and who could read what. Somebody has to accept that in the settings; nothing is made before.",
          by: "program",
          commands: [
            "read -rs PBS_PASSWORD && export PBS_PASSWORD",
            `make rebuild STACK=${stack} REBUILD_OPTIONS="${options} --dry-run"`,
          ],
          expect: "The machine, its cost a day, each guest with its backup, and whatever is missing, by name.",
        },
        {
          text: "Make it. The program says what to do once the machine has installed itself; then the same command restores the guests.",
          by: "program",
          commands: [`make rebuild STACK=${stack} REBUILD_OPTIONS="${options}"`],
          expect: "Each guest there. Home's own stay off until they went back.",
          takes: takes(site, "install"),
        },
        {
          text: "When there is hardware: home again, then take away whatever costs.",
          by: "program",
          commands: [`make failback STACK=${stack}`, `make down STACK=${stack}`],
          expect: "Nothing is left there that costs anything.",
        },
      ],
    },
  ];
}
