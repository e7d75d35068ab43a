import * as z from "zod";

import { accessKey, bucketPlace } from "./bucket-place-settings";
import { type CopySource } from "./copy-source-settings";
import { type Problem } from "./problem";
import { identifier, plainText, text } from "./schema";

const held = z.strictObject({
  /** Datastore, as the server that is gone called it: its name stands before everything in the bucket. **Cannot be changed.** */
  datastore: identifier("pbsId"),
  /** Directory of its cache on this server, best with 64 to 128 GiB. **Cannot be changed.** */
  path: identifier("path"),
  /** The bucket, with a key of this server's own that adds and reads and deletes nothing, which is tried. */
  bucket: bucketPlace,
  /** Host whose datastore it is, as the program names it: `backup`. */
  reattach: plainText,
  /**
   * Access key of that host, which has to be switched off: a write with it is tried before its datastore is taken up. The secret beside
   * it is `<name>FormerSecretKey`; neither is needed any more after that. @default - none; taking one up then takes an acceptance
   */
  formerKey: accessKey.optional(),
});

/** Name of what is held: the endpoint on the server gets it too, and takes 3 characters at least. */
const heldName = text((name) => /^[a-z][a-z0-9-]{2,30}$/.test(name), 'a name of 3 to 31 characters such as "home"');

/** Copies of sites that are gone, by a name of one's own. */
export const heldCopies = z.record(heldName, held);

/** A datastore in a bucket whose server is gone, taken up to read guests back. Nothing feeds it, nothing thins it out. */
export interface HeldCopy extends z.infer<typeof held> {
  /** Its name in the settings. */
  readonly name: string;
}

/** What is held, by name. */
export function heldCopiesOf(written: z.infer<typeof heldCopies>): HeldCopy[] {
  return Object.entries(written)
    .map(([name, one]) => ({ name, ...one }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is wrong with them beside what the server fetches. */
export function heldCopyProblems(held: readonly HeldCopy[], sources: readonly CopySource[]): Problem[] {
  return held.flatMap(({ name, datastore, path }, index) => {
    const others = [
      ...held.slice(0, index).map((one) => ({ ...one, name: `holds.${one.name}` })),
      ...sources.map((one) => ({ ...one.into, name: `sources.${one.name}` })),
    ];
    const named = sources.some((source) => source.name === name)
      ? [{ path: `holds.${name}`, expected: "a name that no source has", cure: "choose another one" }]
      : [];
    const shared = (["datastore", "path"] as const).flatMap((what) => {
      const value = what === "datastore" ? datastore : path;
      const other = others.find((one) => one[what] === value);
      if (other === undefined) return [];
      const expected = `a ${what} of its own, and ${value} is that of ${other.name}`;
      return [{ path: `holds.${name}.${what}`, expected, cure: "give each its own" }];
    });
    return [...named, ...shared];
  });
}
