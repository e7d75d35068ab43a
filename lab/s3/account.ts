import { randomBytes } from "node:crypto";

import { type Site } from "../core/site";
import { type Document } from "../core/state";
import { Bucket, type BucketSettings } from "./bucket";
import { type Policy } from "./policy";

/** A user, its keys and what it may. */
export interface User {
  /** Policies by name. */
  policies: Record<string, Policy>;
  /** Secrets by access key. */
  keys: Record<string, string>;
  /** Keys that are switched off; none where it is absent. */
  inactive?: string[];
}

/** What is stored of an account. */
export interface Holdings {
  /** Users by name. */
  users: Record<string, User>;
  /** Names of the buckets. */
  buckets: string[];
}

/** Who sent a request. */
export interface Caller {
  /** Name of the user. */
  readonly user: string;
  /** Secret of its key. */
  readonly secret: string;
  /** Its policies. */
  readonly policies: readonly Policy[];
}

/** May do everything; its key stands on the sheet, and belongs to nobody who lives at home. */
export const OWNER = "owner";

const EVERYTHING: Policy = { Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

/** An account with an S3 provider: users with keys and policies, and buckets. */
export class Account {
  readonly holdings: Document<Holdings>;
  readonly #buckets = new Map<string, Bucket>();

  constructor(
    readonly site: Site,
    /** Region of all buckets. */
    readonly region: string,
  ) {
    this.holdings = site.state.document<Holdings>("s3/account", () => ({
      users: { [OWNER]: { policies: { all: EVERYTHING }, keys: newKey() } },
      buckets: [],
    }));
  }

  /** Who holds an access key; undefined when nobody does. */
  callerOf(accessKey: string): Caller | undefined {
    for (const [user, { keys, policies, inactive = [] }] of Object.entries(this.holdings.value.users)) {
      const secret = inactive.includes(accessKey) ? undefined : keys[accessKey];
      if (secret !== undefined) return { user, secret, policies: Object.values(policies) };
    }
    return undefined;
  }

  /** Gives a user exactly these policies and a key, which it makes the first time. */
  setUser(name: string, policy: Policy): { accessKey: string; secretKey: string } {
    return this.holdings.change(({ users }) => {
      const user = (users[name] ??= { policies: {}, keys: newKey() });
      user.policies = { lab: policy };
      const [accessKey = "", secretKey = ""] = Object.entries(user.keys)[0] ?? [];
      return { accessKey, secretKey };
    });
  }

  /** Switches a key off, which is unknown then, or on again. @returns Whether there is one. */
  switchKey(accessKey: string, on: boolean): boolean {
    return this.holdings.change(({ users }) => {
      const user = Object.values(users).find(({ keys }) => keys[accessKey] !== undefined);
      if (user === undefined) return false;
      const others = (user.inactive ?? []).filter((one) => one !== accessKey);
      user.inactive = on ? others : [...others, accessKey];
      return true;
    });
  }

  /** The key of a user that is there. */
  keyOf(name: string): { accessKey: string; secretKey: string } {
    const [accessKey = "", secretKey = ""] = Object.entries(this.holdings.value.users[name]?.keys ?? {})[0] ?? [];
    return { accessKey, secretKey };
  }

  /** A bucket; undefined when there is none of that name. */
  bucket(name: string): Bucket | undefined {
    if (!this.holdings.value.buckets.includes(name)) return undefined;
    const known = this.#buckets.get(name) ?? new Bucket(this.site, name, () => settingsOf(this.site, false));
    this.#buckets.set(name, known);
    return known;
  }

  /** Makes a bucket. */
  createBucket(name: string, objectLock: boolean): Bucket {
    const bucket = new Bucket(this.site, name, () => settingsOf(this.site, objectLock));
    this.#buckets.set(name, bucket);
    this.holdings.change(({ buckets }) => buckets.push(name));
    return bucket;
  }

  /** Forgets an empty bucket. */
  removeBucket(name: string): void {
    this.#buckets.delete(name);
    this.holdings.change((draft) => (draft.buckets = draft.buckets.filter((one) => one !== name)));
  }
}

function settingsOf(site: Site, objectLock: boolean): BucketSettings {
  const created = site.clock.now();
  return { owner: OWNER, created, objectLock, documents: {}, ...(objectLock && { versioning: "Enabled" as const }) };
}

function newKey(): Record<string, string> {
  return { [`LAB${randomBytes(8).toString("hex").toUpperCase()}`]: randomBytes(20).toString("hex") };
}
