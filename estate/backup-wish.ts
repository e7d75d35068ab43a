import * as z from "zod";

import { type Parsed } from "./problem";
import { expecting, parse, text } from "./schema";

/** Where data may lie: in the European Union alone, or anywhere. */
export const RESIDENCIES = ["eu-only", "global"] as const;

/** Where data may lie. */
export type Residency = (typeof RESIDENCIES)[number];

/** A value, and the file and key that said so. */
export interface Said<T> {
  /** What is wished. */
  readonly value: T;
  /** Who says so: `environments/customers.json: backup.retention`. */
  readonly by: string;
}

/** What a guest's module, else its environment, else its site wishes of its backups. What nobody says is absent. */
export interface BackupWish {
  /** How long its backups are wanted: `7y`. */
  readonly retention?: Said<string>;
  /** Where its backups may lie. */
  readonly residency?: Said<Residency>;
  /** How often it is backed up, or when: `daily`, `weekly`, `monthly` or a time of day. */
  readonly schedule?: Said<string>;
}

/** How long, in TAPPaaS' words: `30d`, `8w`, `12m`, `7y`. */
export const keepFor = text((time) => /^[1-9]\d{0,3}[dwmy]$/.test(time), 'a time such as "30d", "8w", "12m" or "7y"');

/** How often, in TAPPaaS' words. */
const onceADay = text(
  (schedule) => /^(?:daily|weekly|monthly|(?:[01]\d|2[0-3]):[0-5]\d)$/.test(schedule),
  '"daily", "weekly", "monthly" or a time of day such as "21:00": a guest is backed up once a day at most',
);

const residency = z.enum(RESIDENCIES, expecting('"eu-only" or "global"'));

/** What modules and environments may say of backups; other keys are TAPPaaS' own. */
export const wishFields = {
  retention: keepFor.optional(),
  residency: residency.optional(),
  schedule: onceADay.optional(),
};

/** What a module says under `backup`. */
export type ModuleWish = z.infer<z.ZodObject<typeof wishFields>>;

const environmentSchema = z.looseObject({
  dataResidency: residency.optional(),
  backup: z.looseObject(wishFields).nullish(),
});

const siteSchema = z.looseObject({
  location: z.looseObject({ country: z.string().optional() }).optional(),
  backup: z.looseObject({ defaultRetention: keepFor.optional(), offsiteResidency: residency.optional() }).nullish(),
});

/** One of `environments/*.json`, as far as it is used. */
export type TappaasEnvironment = z.infer<typeof environmentSchema> & {
  /** Name: that of its file. */
  readonly name: string;
  /** File that holds it. */
  readonly file: string;
};

/** `site.json`, as far as it is used. */
export type TappaasSite = z.infer<typeof siteSchema>;

/** Reads `environments/<name>.json`. */
export function parseEnvironment(input: unknown, name: string, file: string): Parsed<TappaasEnvironment> {
  const parsed = parse(environmentSchema, input, file);
  return parsed.ok ? { ok: true, value: { ...parsed.value, name, file } } : parsed;
}

/** Reads `site.json`; an absent one says nothing. */
export function parseTappaasSite(input: unknown): Parsed<TappaasSite> {
  return parse(siteSchema, input, SITE_FILE);
}

/** File of a TAPPaaS site that says what counts where modules and environments say nothing. */
export const SITE_FILE = "site.json";

/** What is said at the three levels of one guest. */
export interface WishSources {
  /** Its module's file, and what stands there under `backup`. */
  readonly module: { readonly file: string; readonly backup: ModuleWish | undefined };
  /** Its environment; undefined when it has none. */
  readonly environment: TappaasEnvironment | undefined;
  /** The site. */
  readonly site: TappaasSite;
}

/**
 * The nearest word counts: module, environment, site. Undefined when no level says anything.
 * @see TAPPaaS: ADR-007, environments; docs of site.json
 */
export function wishOf({ module, environment, site }: WishSources): BackupWish | undefined {
  const own = module.backup;
  const around = environment?.backup ?? undefined;
  const { file: where = "" } = environment ?? {};
  const wish = {
    ...first(
      "retention",
      [own?.retention, `${module.file}: backup.retention`],
      [around?.retention, `${where}: backup.retention`],
      [site.backup?.defaultRetention, `${SITE_FILE}: backup.defaultRetention`],
    ),
    ...first(
      "residency",
      [own?.residency, `${module.file}: backup.residency`],
      [around?.residency, `${where}: backup.residency`],
      [environment?.dataResidency, `${where}: dataResidency`],
      [site.backup?.offsiteResidency, `${SITE_FILE}: backup.offsiteResidency`],
    ),
    ...first(
      "schedule",
      [own?.schedule, `${module.file}: backup.schedule`],
      [around?.schedule, `${where}: backup.schedule`],
    ),
  };
  return Object.keys(wish).length === 0 ? undefined : wish;
}

function first<K extends string, T>(
  key: K,
  ...levels: readonly (readonly [T | undefined, string])[]
): Partial<Record<K, Said<T>>> {
  for (const [value, by] of levels) if (value !== undefined) return { [key]: { value, by } } as Record<K, Said<T>>;
  return {};
}
