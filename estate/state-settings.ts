import * as z from "zod";

import { type Parsed } from "./problem";
import { parse, text } from "./schema";

/** Schemes of places that Pulumi keeps state in. Source: Pulumi's manual, "States and backends". */
const SCHEMES = ["file:", "s3:", "gs:", "azblob:", "https:", "postgres:"];

const place = text(isPlace, 'a place such as "file:///srv/pulumi", "s3://bucket" or "https://api.pulumi.com"');

/** Where the state of the stack lies. */
export const stateSettings = z
  .strictObject({
    /**
     * Where Pulumi keeps it. Not on what the stack protects: it would be gone when it is needed.
     * @default - where the Pulumi command is logged in
     */
    backend: place.optional(),
    /** Folders on other disks, which get an encrypted copy after each success. @default - none */
    copies: z.array(text(isFolder, 'a folder such as "file:///mnt/usb/state"')).default([]),
  })
  .prefault({});

/** Where the state of a stack lies. */
export type StateSettings = z.infer<typeof stateSettings>;

/** Reads it strictly, for commands that run before the other settings are there. */
export function parseStateSettings(input: unknown): Parsed<StateSettings> {
  return parse(stateSettings, input);
}

function isPlace(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password } = new URL(url);
  const plain = protocol === "postgres:" || (username === "" && password === "");
  return SCHEMES.includes(protocol) && plain && (protocol !== "file:" || /^file:\/\/[/~]/.test(url));
}

function isFolder(url: string): boolean {
  return isPlace(url) && url.startsWith("file:///");
}
