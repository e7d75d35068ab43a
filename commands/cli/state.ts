import { fileURLToPath } from "node:url";

import { Command } from "commander";

import { type AnyStack } from "../engine/stack";
import { exportState, importState } from "../engine/state";
import { digestDifferences, digestOf, readDigest, writeDigest } from "../site/digest";
import { elsewhereState } from "../site/elsewhere-state";
import { copiesIn, openCopy, statePassphrase } from "../site/state-copy";
import { type Talk } from "../site/talk";
import { anyStackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

/** `state`: what Pulumi knows of the site, its copies and its digest. */
export function stateCommand(): Command {
  const state = new Command("state").description("what Pulumi knows of the site: copies, the way back, the digest");
  state.addCommand(restoreCommand());
  state.addCommand(digestCommand());
  return state;
}

function restoreCommand(): Command {
  return withStackOptions(new Command("restore"))
    .description("put the newest copy of the state, or the one named, in place of the stack's; the site is not touched")
    .option("--from <file>", "the copy")
    .option("--site-gone", "take from it what stands at Cloudflare alone; all else of the site is to be made anew")
    .option("--yes", "do not ask")
    .action(async (options: RestoreOptions) => {
      const stack = anyStackFrom(options);
      const talk = terminalTalk(options.yes === true);
      const copies = stack.settings.state.copies.map((url) => fileURLToPath(url));
      const file =
        options.from ??
        copies
          .flatMap((folder) => copiesIn(folder, stack.name))
          .sort(byTime)
          .at(-1);
      if (file === undefined)
        throw new Error(`There is no copy in ${copies.join(", ") || "state.copies"}.\nCure: --from <file>`);
      const passphrase = statePassphrase();
      if (passphrase === undefined)
        throw new Error("The passphrase is not known.\nCure: set PULUMI_CONFIG_PASSPHRASE_FILE.");
      const text = await openCopy(file, passphrase);
      if (options.siteGone === true) return restoreElsewhere(text, file, { stack, talk });
      if (!(await talk.confirm(`Put ${file} in place of the state of ${stack.name}?`))) return;
      await importState(stack, text);
      talk.say("The state is back. Run `make drift`: it shows what the site has otherwise than this copy says.");
    });
}

interface RestoreOptions extends StackOptions {
  readonly from?: string;
  readonly siteGone?: true;
  readonly yes?: true;
}

/** Of a site that burnt down the next run finds nothing, and makes it; of what stands at Cloudflare only the state knows that it is ours. */
async function restoreElsewhere(
  text: string,
  file: string,
  { stack, talk }: { readonly stack: AnyStack; readonly talk: Talk },
): Promise<void> {
  const { text: left, names } = elsewhereState(text);
  if (names.length === 0) {
    talk.say(
      `Nothing in ${file} stands elsewhere than at the site. Leave the state empty: the next run makes the rest.`,
    );
    return;
  }
  talk.say(`At Cloudflare, by ${file}: ${names.join(", ")}.`);
  if (!(await talk.confirm(`Put that alone in place of the state of ${stack.name}?`))) return;
  await importState(stack, left);
  talk.say("The next run knows these again, and makes everything else anew.");
}

/** Names hold the time after the stack's name; folders do not count. */
function byTime(one: string, other: string): number {
  const name = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  return name(one) < name(other) ? -1 : 1;
}

function digestCommand(): Command {
  return withStackOptions(new Command("digest"))
    .description("what stands in the state, as hashes without a secret; `make up` writes it into the site's folder")
    .option(
      "--against <folder>",
      "compare with the digest in another site's folder, and print where they differ as JSON",
    )
    .option("--write", "write it into the site's folder")
    .action(async (options: StackOptions & { readonly against?: string; readonly write?: true }) => {
      const stack = anyStackFrom(options);
      const digest = digestOf((await exportState(stack)).resources, stack.settings);
      if (options.write === true) writeDigest(stack.siteFolder, digest);
      if (options.against === undefined) console.log(JSON.stringify(digest, null, 2));
      else {
        const committed = readDigest(options.against);
        console.log(JSON.stringify(committed === undefined ? null : digestDifferences(committed, digest)));
      }
    });
}
