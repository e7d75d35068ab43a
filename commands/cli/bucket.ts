import { Command, InvalidArgumentError } from "commander";

import { namedCopy, openBucket } from "../bucket/bucket-login";
import { clean, type Cleaned } from "../bucket/clean";
import { costsText, reckonedCosts } from "../bucket/cost";
import { refreshCache } from "../bucket/refresh";
import { openRefresh } from "../bucket/refresh-login";
import { rewind, type Rewound } from "../bucket/rewind";
import { readAnyStackFile } from "../stack-file";
import { fileFrom, stackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

/** `bucket`: the copy in a bucket, looked after from outside with a key that is not home's. */
export function bucketCommand(): Command {
  return new Command("bucket")
    .description(
      "what a copy in a bucket costs; clean it, or take it back to a moment, with BUCKET_ACCESS_KEY and BUCKET_SECRET_KEY, away from home",
    )
    .addCommand(cleanCommand())
    .addCommand(rewindCommand())
    .addCommand(refreshCommand())
    .addCommand(costCommand());
}

function costCommand(): Command {
  return withStackOptions(new Command("cost"))
    .description(
      "say what a copy in a bucket costs, from the site's own files and dated prices, before there is one; at each provider whose prices are known, until the settings name one",
    )
    .option("--json", "the same as JSON on standard output, a list")
    .action((options: StackOptions & { readonly json?: true }) => {
      const stack = stackFrom(options);
      const costs = reckonedCosts(stack);
      console.log(options.json === true ? JSON.stringify(costs) : costsText(costs, stack.settings.site, new Date()));
    });
}

interface Options extends StackOptions {
  readonly copy?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

interface CleanOptions extends Options {
  readonly yes?: true;
  readonly timeZone: string;
}

const CLEANED: Readonly<Record<Cleaned, number>> = { done: 0, planned: 0, refused: 1, declined: 3 };
const REWOUND: Readonly<Record<Rewound, number>> = { done: 0, planned: 0, declined: 3 };

function cleanCommand(): Command {
  return withStackOptions(new Command("clean"))
    .description(
      "delete what no retention keeps and what no backup names, and old versions after their window; the plan is shown first.\n" +
        "Exit status 0 done, 1 refused, 3 declined",
    )
    .option("--copy <name>", "the copy, where there are several")
    .option(
      "--time-zone <zone>",
      "zone by which days, weeks, months and years are counted: that of the backup server",
      localZone(),
    )
    .option("--dry-run", "show the plan, and nothing more")
    .option("--yes", "do not ask")
    .option("--json", "the plan as JSON on standard output")
    .action(async (options: CleanOptions) => {
      const open = openBucket(readAnyStackFile(fileFrom(options)), options.copy);
      const order = { dryRun: options.dryRun === true, timeZone: options.timeZone, now: new Date() };
      try {
        const [end, plan] = await clean(open, order, terminalTalk(options.yes === true));
        if (options.json === true) console.log(JSON.stringify({ end, ...plan }));
        process.exitCode = CLEANED[end];
      } finally {
        open.bucket.close();
      }
    });
}

interface RewindOptions extends Options {
  readonly at: Date;
  readonly confirm?: string;
}

function rewindCommand(): Command {
  return withStackOptions(new Command("rewind"))
    .description(
      "take the copy in a bucket back to a moment; nothing is deleted for good, and home's cache has to be emptied after it.\n" +
        "Exit status 0 done, 3 declined",
    )
    .requiredOption("--at <moment>", "such as 2026-11-20T03:00:00Z", moment)
    .option("--copy <name>", "the copy, where there are several")
    .option("--dry-run", "show what would change, and nothing more")
    .option("--confirm <bucket>", "the bucket's name, instead of typing it")
    .option("--json", "the plan as JSON on standard output")
    .action(async (options: RewindOptions) => {
      const open = openBucket(readAnyStackFile(fileFrom(options)), options.copy);
      const order = { at: options.at, dryRun: options.dryRun === true, confirmed: options.confirm };
      try {
        const [end, plan] = await rewind(open, order, terminalTalk(false));
        if (options.json === true) console.log(JSON.stringify({ end, ...plan }));
        process.exitCode = REWOUND[end];
      } finally {
        open.bucket.close();
      }
    });
}

function refreshCommand(): Command {
  return withStackOptions(new Command("refresh"))
    .description(
      "at home, after a rewind: empty the server's cache of the bucket and have it read the bucket again.\n" +
        "Exit status 0 done, 3 the cache has to be emptied by hand first",
    )
    .option("--copy <name>", "the copy, where there are several")
    .option("--emptied", "the cache was emptied by hand")
    .action(async (options: StackOptions & { readonly copy?: string; readonly emptied?: true }) => {
      const file = fileFrom(options);
      const settings = readAnyStackFile(file);
      const ways = await openRefresh(file, settings, options.emptied === true);
      try {
        const end = await refreshCache(namedCopy(settings, options.copy), ways, terminalTalk(false));
        process.exitCode = end === "done" ? 0 : 3;
      } finally {
        await ways.close();
      }
    });
}

function moment(text: string): Date {
  const date = new Date(text);
  const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  if (!isWhole || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('Expected a moment with its zone, such as "2026-11-20T03:00:00Z".');
  }
  if (date.getTime() > Date.now()) throw new InvalidArgumentError("Expected a moment that has passed.");
  return date;
}

function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
