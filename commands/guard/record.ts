import {
  AT_HOME,
  counts,
  openReturnRecordLine,
  parseReturnRecord,
  RETURN_NAMESPACE,
  returnRecordLine,
  returnRecordText,
  type ReturnRecord,
} from "../../estate/units/return-record";
import { toSeconds, type Duration } from "../../estate/units/duration";
import { publicKeyOf } from "../../provider/keys/ssh-public-key";
import { signed } from "../drill/signature";
import { type Stack } from "../engine/stack";
import { readSecret } from "../secrets";
import { openPlaces, type OpenPlace } from "./places";
import { isSignedBy } from "./verified";

/** What one place of record holds. */
export interface PlaceSeen {
  /** Its name in the settings. */
  readonly name: string;
  /** The newest record there that the site's key has signed; undefined where there is none. */
  readonly record: ReturnRecord | undefined;
  /** Why it tells nothing; undefined where it does. */
  readonly problem: string | undefined;
}

/** What the places of a site hold. */
export interface RecordSeen {
  /** Place by place. */
  readonly places: readonly PlaceSeen[];
  /** The newest record of all; undefined where no place has one. */
  readonly newest: ReturnRecord | undefined;
}

/** The record of a site at all its places. */
export class SiteRecord {
  private constructor(
    private readonly stack: Stack,
    private readonly places: readonly OpenPlace[],
    private readonly privateKey: string,
  ) {}

  /** Opens the places of a site; undefined where its settings ask for no guard. */
  static async of(stack: Stack): Promise<SiteRecord | undefined> {
    if (stack.settings.returnGuard === undefined) return undefined;
    const privateKey = await readSecret(stack.settingsFile, "sshPrivateKey", "SSH_PRIVATE_KEY");
    return new SiteRecord(stack, await openPlaces(stack), privateKey);
  }

  /** Reads all places. A place that does not answer is no error. */
  async seen(): Promise<RecordSeen> {
    const places = await Promise.all(this.places.map((place) => this.#seenAt(place)));
    const records = places.flatMap(({ record }) => record ?? []);
    return { places, newest: records.toSorted((a, b) => b.serial - a.serial)[0] };
  }

  /**
   * Writes down where guests serve, at every place, and reads it back from each.
   * @returns Places that have it, and why others do not.
   * @throws {Error} When no place answers, so that the number of the newest record is not known; nothing was written then.
   */
  async publish(serves: string, guests: readonly number[], now = new Date()): Promise<RecordSeen> {
    const { newest, places } = await this.seen();
    if (places.every(({ problem }) => problem !== undefined))
      throw new Error(
        ["No place of record answers, so nothing was written down:"]
          .concat(places.map(({ name, problem }) => `  ${name}: ${problem ?? ""}`))
          .concat("Cure: see that one of them is there, then run this again.")
          .join("\n"),
      );
    const record = this.#made(serves, guests, (newest?.serial ?? 0) + 1, now);
    const text = returnRecordText(record);
    const line = returnRecordLine(text, signed(text, this.privateKey, RETURN_NAMESPACE).signature);
    const written = await Promise.all(
      this.places.map(async (place): Promise<PlaceSeen> => {
        try {
          await place.write(line);
          const seen = await this.#seenAt(place);
          if (seen.record?.serial === record.serial) return seen;
          return { ...seen, problem: seen.problem ?? "it does not show what was written yet" };
        } catch (error) {
          return { name: place.name, record: undefined, problem: firstLine(error) };
        }
      }),
    );
    return { places: written, newest: record };
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await Promise.all(this.places.map((place) => place.close()));
  }

  #made(serves: string, guests: readonly number[], serial: number, now: Date): ReturnRecord {
    const validFor = toSeconds(validForOf(this.stack));
    const until = serves === AT_HOME ? moment(now.getTime() + validFor * 1_000) : undefined;
    const sorted = [...guests].toSorted((a, b) => a - b);
    return { site: this.stack.name, serial, at: moment(now.getTime()), until, serves, guests: sorted };
  }

  async #seenAt(place: OpenPlace): Promise<PlaceSeen> {
    const { name } = place;
    try {
      const key = publicKeyOf(this.privateKey);
      const lines = await place.read();
      const records = lines.flatMap((line) => {
        const parts = openReturnRecordLine(line);
        if (parts === undefined || !isSignedBy(key, parts.text, parts.signature, RETURN_NAMESPACE)) return [];
        return parseReturnRecord(parts.text) ?? [];
      });
      const own = records.filter(({ site }) => site === this.stack.name).toSorted((a, b) => b.serial - a.serial);
      return { name, record: own[0], problem: undefined };
    } catch (error) {
      return { name, record: undefined, problem: firstLine(error) };
    }
  }
}

/** How long a record that says home is believed. */
export function validForOf({ settings }: Stack): Duration {
  return settings.returnGuard?.validFor ?? "30 days";
}

/** Whether a record that says home is over by a third of its time, or none is there: then a new one is due. */
export function isDue(record: ReturnRecord | undefined, validFor: Duration, now: Date): boolean {
  if (record === undefined) return true;
  if (record.serves !== AT_HOME) return false;
  return !counts(record, now) || now.getTime() - Date.parse(record.at) > (toSeconds(validFor) * 1_000) / 3;
}

/** What a record says, for people. */
export function recordText(record: ReturnRecord | undefined, now: Date): string {
  if (record === undefined) return "no record that this site has signed";
  const { serial, serves, at, guests, until } = record;
  if (serves !== AT_HOME) return `record ${serial} of ${at}: ${guests.join(", ")} serve on ${serves}`;
  const time = counts(record, now) ? `believed until ${until ?? ""}` : `no longer believed, since ${until ?? ""}`;
  return `record ${serial} of ${at}: home serves, ${time}`;
}

/** Place by place what stands there, for people. */
export function seenLines({ places }: RecordSeen, now: Date): string[] {
  return places.map(({ name, record, problem }) => `  ${name}: ${problem ?? recordText(record, now)}`);
}

function moment(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
