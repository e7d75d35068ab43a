import { type Copy, type Model, type Place } from "./model";
import { type Prices } from "./record";
import { scopeOf } from "./targets";
import { survival } from "./survival";

/** What a site costs a month, part by part, in the currency of its price table. */
export interface Cost {
  /** Parts, each with what it is. */
  readonly parts: readonly { readonly name: string; readonly perMonth: number }[];
  /** Their sum. */
  readonly perMonth: number;
  /** What is there and has no price in the table. */
  readonly unpriced: readonly string[];
}

/** What is paid for. */
export interface Bought {
  /** Bytes of disk behind the datastore. */
  readonly storeBytes: number;
  /** Bytes elsewhere. */
  readonly awayBytes: number;
  /** Whether a machine stands ready. */
  readonly spareNode: boolean;
}

const TB = 1e12;

/** Cost a month. What is bought once is counted over its life. */
export function costOf({ storeBytes, awayBytes, spareNode }: Bought, prices: Prices): Cost {
  const { lifeMonths } = prices;
  const wanted = [
    { name: "disks of the datastore", amount: storeBytes / TB, price: prices.diskPerTb, months: lifeMonths },
    { name: "storage elsewhere", amount: awayBytes / TB, price: prices.offsitePerTbMonth, months: 1 },
    { name: "the machine that stands ready", amount: spareNode ? 1 : 0, price: prices.spareNode, months: lifeMonths },
  ].filter(({ amount }) => amount > 0);
  const parts = wanted.flatMap(({ name, amount, price, months }) =>
    price === undefined ? [] : [{ name, perMonth: (amount * price) / months }],
  );
  const unpriced = wanted.filter(({ price }) => price === undefined).map(({ name }) => name);
  return { parts, perMonth: parts.reduce((sum, { perMonth }) => sum + perMonth, 0), unpriced };
}

/** One way to have the site: what it costs, and what the worst loss means. */
export interface Choice {
  /** What is added to the site as it is; empty for the site as it is. */
  readonly adds: readonly string[];
  /** Cost a month. */
  readonly perMonth: number;
  /** Longest time in seconds that a guest is gone after one thing breaks; Infinity when one is lost. */
  readonly afterFailure: number;
  /** The same after the loss of the site, a key or a login. */
  readonly afterDisaster: number;
  /** Whether no other choice costs less, or the same, and is better. */
  readonly onFrontier: boolean;
}

/** Choices that a site has, with those marked that are worth their price: nothing else is as good for less. */
export function choicesOf(model: Model, storeBytes: number, prices: Prices): Choice[] {
  const away = model.copies.some(({ kind }) => kind === "off-site");
  const options = [false, true].flatMap((spare) => [false, true].map((copy) => ({ spare, copy })));
  const choices = options
    .filter(
      ({ spare, copy }) =>
        !(spare && (model.spareNode || prices.spareNode === undefined)) &&
        !(copy && (away || prices.offsitePerTbMonth === undefined)),
    )
    .map(({ spare, copy }) => {
      const changed = { ...(copy ? withCopyElsewhere(model) : model), spareNode: model.spareNode || spare };
      const bought = { storeBytes, awayBytes: away || copy ? storeBytes : 0, spareNode: changed.spareNode };
      const adds = [
        ...(spare ? ["a machine that stands ready"] : []),
        ...(copy ? ["a copy elsewhere, and a sheet with the key"] : []),
      ];
      return { adds, perMonth: costOf(bought, prices).perMonth, ...worstOf(changed) };
    });
  return choices.map((choice) => ({ ...choice, onFrontier: !choices.some((other) => isBetter(other, choice)) }));
}

type Priced = Omit<Choice, "onFrontier">;

/** Whether one choice costs no more, is worse in nothing, and better in something. */
function isBetter(one: Priced, other: Priced): boolean {
  const figures = ["perMonth", "afterFailure", "afterDisaster"] as const;
  return figures.every((name) => one[name] <= other[name]) && figures.some((name) => one[name] < other[name]);
}

function worstOf(model: Model): Pick<Choice, "afterFailure" | "afterDisaster"> {
  const rows = survival(model);
  const worst = (scope: "failures" | "disasters") =>
    rows
      .filter(({ losses: [loss] }) => loss !== undefined && scopeOf(loss) === scope)
      .flatMap(({ outcomes }) => outcomes)
      .reduce(
        (all, { verdict, recovery }) => Math.max(all, verdict === "lost" ? Infinity : (recovery?.estimate ?? 0)),
        0,
      );
  return { afterFailure: worst("failures"), afterDisaster: worst("disasters") };
}

/** The same site with a copy of its newest backups in a place of its own, which another login guards, and with its key on a sheet away from it. */
function withCopyElsewhere(model: Model): Model {
  const place: Place = {
    id: "off-site:considered",
    kind: "off-site",
    name: "a place elsewhere",
    within: undefined,
    disks: [],
    medium: "chunks of a backup server",
  };
  const copies = model.copies
    .filter(({ kind }) => kind === "backup")
    .map((copy): Copy => ({
      ...copy,
      id: `off-site:${copy.id}`,
      kind: "off-site",
      name: `a copy elsewhere of ${copy.name}`,
      at: place.id,
      overInternet: true,
      destroyedBy: [["credential:considered"]],
    }));
  const sheet: Place = { ...place, id: "shelf:considered", kind: "shelf", name: "a sheet elsewhere", medium: "" };
  const keys = model.keys.map((key) => ({ ...key, at: [...key.at, sheet.id] }));
  return { ...model, places: [...model.places, place, sheet], copies: [...model.copies, ...copies], keys };
}
