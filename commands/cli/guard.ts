import { Command } from "commander";

import { AT_HOME } from "../../estate/units/return-record";
import { type Stack } from "../engine/stack";
import { guardLines, guardsOf, release } from "../guard/nodes";
import { isDue, recordText, seenLines, SiteRecord, validForOf } from "../guard/record";
import { type Talk } from "../site/talk";
import { show } from "./arguments";
import { stackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly release?: true;
  readonly confirm?: string;
  readonly json?: true;
}

/** `guard`: where a site's guests serve by the places of record, and whom its nodes keep off. */
export function guardCommand(): Command {
  return withStackOptions(new Command("guard"))
    .description(
      "what the places of record say of a site, and which guests its nodes keep off, with the reason; writes a new record where the one that says home is due;\n" +
        "exit status 0 nothing is held, 2 something is held or a place does not answer, 3 declined",
    )
    .option("--release", "let held guests start: records that home serves, and gives each back what it had")
    .option("--confirm <name>", "the site's name, for a machine that cannot type it")
    .option("--json", "print it as JSON")
    .action(async (options: Options) => {
      const stack = stackFrom(options);
      const talk = terminalTalk(false);
      const { confirm } = options;
      const typed = confirm === undefined ? talk : { ...talk, ask: () => Promise.resolve(confirm) };
      process.exitCode = await (options.release === true ? released(stack, typed) : shown(stack, talk, options.json));
    });
}

async function opened(stack: Stack): Promise<SiteRecord> {
  const record = await SiteRecord.of(stack);
  if (record !== undefined) return record;
  throw new Error(
    `The settings of ${stack.name} name no returnGuard: nothing keeps its guests off when they serve elsewhere.\n` +
      "Cure: docs/how-to/return-guard.md.",
  );
}

async function shown(stack: Stack, talk: Talk, json: true | undefined): Promise<number> {
  const record = await opened(stack);
  try {
    const now = new Date();
    let seen = await record.seen();
    const validFor = validForOf(stack);
    const lacking = seen.places.some(
      (place) => place.problem === undefined && place.record?.serial !== seen.newest?.serial,
    );
    if (isDue(seen.newest, validFor, now) || lacking) {
      const { serves = AT_HOME, guests = [] } = seen.newest ?? {};
      seen = await record.publish(serves, guests, now);
      talk.say("A new record was due, and was written.");
    }
    const guards = await guardsOf(stack);
    const lines = ["Places of record:", ...seenLines(seen, now), "Nodes:", ...guardLines(guards)];
    show(json, { record: seen, nodes: guards }, lines);
    const silent = seen.places.some(({ problem }) => problem !== undefined);
    return silent || guards.some(({ held }) => held.length > 0) ? 2 : 0;
  } finally {
    await record.close();
  }
}

async function released(stack: Stack, talk: Talk): Promise<number> {
  const record = await opened(stack);
  try {
    const seen = await record.seen();
    const guards = await guardsOf(stack);
    const held = [...new Set(guards.flatMap((guard) => guard.held))].toSorted((a, b) => a - b);
    for (const line of ["Places of record:", ...seenLines(seen, new Date())]) talk.say(line);
    for (const line of guardLines(guards)) talk.say(line);
    const away = seen.newest?.serves === AT_HOME ? [] : (seen.newest?.guests ?? []);
    if (away.length > 0) {
      talk.say(
        `${away.join(", ")} serve elsewhere by the record. Here they have what they had when that began. ` +
          "Started here while they run there, each is there twice, and nobody can bring the two together.",
      );
    }
    const typed = await talk.ask(
      `Type the name of the site, ${stack.name}, to let ${held.join(", ") || "its guests"} start here: `,
    );
    if (typed !== stack.name) {
      talk.say("That is another name; nothing was changed.");
      return 3;
    }
    try {
      const written = await record.publish(AT_HOME, []);
      for (const line of [recordText(written.newest, new Date()), ...seenLines(written, new Date())]) talk.say(line);
    } catch (error) {
      talk.say(
        `${error instanceof Error ? error.message : String(error)}\nThe nodes are told all the same, until their next start.`,
      );
    }
    if (held.length === 0) return 0;
    const after = await release(stack, held);
    for (const { node, problem } of after) talk.say(`  ${node}: ${problem ?? "gave back what it held"}`);
    return after.some(({ problem }) => problem !== undefined) ? 2 : 0;
  } finally {
    await record.close();
  }
}
