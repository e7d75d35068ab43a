import { type SettingEffect } from "./setting-effects";

const PRUNE = "resilience:pbs:PruneJob";
const S3_DATASTORE = "resilience:pbs:S3Datastore";
const S3_ENDPOINT = "resilience:pbs:S3Endpoint";

const place: SettingEffect = {
  effect: "update",
  of: [S3_DATASTORE, S3_ENDPOINT],
  note: "It has to be the same bucket; the program looks into it first.",
};

/** What a setting of a bucket does when it changes, by its path below what lies in it. */
const BUCKET_PLACE_EFFECTS: Readonly<Record<string, SettingEffect>> = {
  "bucket.endpoint": place,
  "bucket.port": place,
  "bucket.region": place,
  "bucket.fingerprint": place,
  "bucket.name": { effect: "refused", of: [S3_DATASTORE], note: "Another bucket is another copy: add one." },
  "bucket.accessKey": {
    effect: "update",
    of: [S3_DATASTORE, S3_ENDPOINT],
    note: "Write the secret beside it first; the new key is tried before anything is changed.",
  },
  "bucket.quirks": { effect: "update", of: [S3_ENDPOINT] },
  mode: {
    effect: "update",
    of: [PRUNE, S3_DATASTORE],
    note: "To ordinary takes an acceptance: whoever takes that server over deletes the copy too.",
  },
  reattach: { effect: "update", of: [S3_DATASTORE], note: "It counts when the datastore is made." },
  formerKey: {
    effect: "update",
    of: [S3_DATASTORE],
    note: "It counts when a datastore is taken up, and may go after that; the server is not changed by it.",
  },
};

/** The same by the whole path, below what lies in a bucket. */
export function bucketPlaceEffects(at: string): Readonly<Record<string, SettingEffect>> {
  return effectsBelow(at, BUCKET_PLACE_EFFECTS);
}

/** Effects of settings by their whole paths. @param at What stands before each. */
export function effectsBelow(
  at: string,
  effects: Readonly<Record<string, SettingEffect>>,
): Readonly<Record<string, SettingEffect>> {
  return Object.fromEntries(Object.entries(effects).map(([path, effect]) => [`${at}.${path}`, effect]));
}
