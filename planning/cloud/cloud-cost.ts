import { type CloudPrices } from "../record";

/** A machine that runs at AWS. */
export interface RunningMachine {
  /** Type of the machine. */
  readonly instanceType: string;
  /** GiB of its disks. */
  readonly diskGib: number;
}

/** What it costs to have it for a day. What has no price is named and not guessed. */
export interface DayCost {
  /** Parts of a day, each with what it is. */
  readonly parts: readonly { readonly name: string; readonly perDay: number }[];
  /** Their sum; undefined where the machine itself has no price. */
  readonly perDay: number | undefined;
  /** Prices that the table does not have. */
  readonly unpriced: readonly string[];
}

const HOURS = 24;
/** Days of a month, as AWS reckons disks by the month: 730 hours. Source: https://aws.amazon.com/ebs/pricing/ */
const MONTH_DAYS = 730 / HOURS;

/** Cost of a day, before there is anything. */
export function costPerDay({ instanceType, diskGib }: RunningMachine, prices: CloudPrices): DayCost {
  const wanted = [
    { name: `${instanceType}, 24 hours`, price: prices.machinePerHour[instanceType]?.amount, times: HOURS },
    { name: `${diskGib} GiB of disk`, price: prices.diskPerGibMonth?.amount, times: diskGib / MONTH_DAYS },
    { name: "an address", price: prices.addressPerHour?.amount, times: HOURS },
  ];
  const parts = wanted.flatMap(({ name, price, times }) =>
    price === undefined ? [] : [{ name, perDay: price * times }],
  );
  const unpriced = wanted.filter(({ price }) => price === undefined).map(({ name }) => name);
  const isPriced = prices.machinePerHour[instanceType] !== undefined;
  return { parts, perDay: isPriced ? parts.reduce((sum, { perDay }) => sum + perDay, 0) : undefined, unpriced };
}
