import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

import { type Fault } from "./faults";
import { type Site } from "./site";

/** Adds the commands that concern the site as a whole: clock, faults, events, status, image. */
export function registerSiteControls(site: Site): void {
  const { control, clock, events, faults } = site;
  control.register("status", () => ({
    name: site.description.name,
    now: clock.now(),
    ...site.sheet.content,
    ...PLAIN,
  }));
  control.register("clock", ({ set, frozen }) => {
    if (set !== undefined) clock.set(moment(set), frozen === true);
    return { now: clock.now() };
  });
  control.register("events", ({ machine, kind }) =>
    events.all().filter((event) => (machine ?? event.machine) === event.machine && (kind ?? event.kind) === event.kind),
  );
  control.register("fault", (request) => {
    faults.order(faultOf(request));
    return faults.pending();
  });
  control.register("nat", ({ on }) => {
    site.putBehindNat(on !== false);
    return { nat: site.isBehindNat };
  });
  control.register("cut-line", ({ machines }) => {
    const named = Array.isArray(machines) ? machines.map(String) : [];
    const strange = named.find((name) => ![...site.machines.values()].some((machine) => machine.name === name));
    if (strange !== undefined) throw new Error(`The site has no machine "${strange}".`);
    site.cutLineAround(named);
    return { cut: site.behindCutLine };
  });
  control.register("faults", () => faults.pending());
  control.register("clear-faults", () => {
    faults.clear();
  });
  control.register("image", () => image(site.state.root));
}

/** The status shows no logins; the sheet has them. */
const PLAIN = { nodes: undefined, pbs: undefined, cloudflare: undefined, s3: undefined };

function moment(set: unknown): number {
  const parsed = typeof set === "number" ? set : Date.parse(String(set));
  if (Number.isNaN(parsed)) throw new Error(`Expected a time such as "2026-01-31T21:00:00", got "${String(set)}".`);
  return parsed;
}

function faultOf({ machine, operation, kind, times }: Readonly<Record<string, unknown>>): Fault {
  if (typeof machine !== "string" || typeof kind !== "string") throw new Error("A fault needs a machine and a kind.");
  return { machine, kind, operation: typeof operation === "string" ? operation : "*", times: Number(times ?? 1) };
}

const NOT_COMPARED =
  /^(?:clusters\/[^/]+\/life\.json|events\.jsonl|faults\.json|clock\.json|control\.sock|sheet\.json)$|\.new$/;

/** SHA-256 of every file of the state: two equal images are two equal sites. Events, clock and faults do not count. */
const LARGE = 1024 ** 3;

function image(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).map((name) => join(root, name));
  const kept = files.filter((file) => statSync(file).isFile() && !NOT_COMPARED.test(relative(root, file)));
  const digests = kept.sort().map((file) => [relative(root, file), sha256(file)]);
  return Object.fromEntries(digests) as Record<string, string>;
}

/** A large file is told by its size and the room that it takes: most of it is a hole. */
function sha256(file: string): string {
  const { size, blocks } = statSync(file);
  if (size > LARGE) return `${size} bytes, ${blocks} blocks`;
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
