import { type BucketPrices } from "./record";

/** Prices that a provider of buckets published, as far as they are known here, each with its day and its page. */
export interface PublishedBucketPrices {
  /** Provider, with the tier and the region that the prices are of. */
  readonly offer: string;
  /** How its endpoint ends. */
  readonly host: string;
  /** What a figure cannot say. */
  readonly remarks: readonly string[];
  /** The prices. A day is the earliest on which the price can have been read, where its source names a month or a year alone. */
  readonly prices: BucketPrices;
}

/**
 * Price table that comes with the program, so that a bucket can be reckoned before its owner has looked anything up. A price
 * that nobody was seen to publish is left out, and named as missing in what is reckoned from it. A site's own `bucketPrices` replace the whole table.
 */
export const PUBLISHED_BUCKET_PRICES: readonly PublishedBucketPrices[] = [
  {
    offer: "AWS S3 Standard, us-east-1",
    host: ".amazonaws.com",
    remarks: ["another region has prices of its own", "what leaves for a machine in the same region is free"],
    prices: {
      currency: "USD",
      perTbMonth: {
        amount: 23,
        asOf: "2026-04-01",
        source: "infratally.com/articles/object-storage-guide-developers-2026",
      },
      putPerThousand: {
        amount: 0.005,
        asOf: "2026-01-01",
        source: "leanopstech.com, cloud-cost-optimization-storage-2026",
      },
      getPerThousand: {
        amount: 0.0004,
        asOf: "2026-01-01",
        source: "leanopstech.com, cloud-cost-optimization-storage-2026",
      },
      outPerTb: {
        amount: 90,
        asOf: "2026-04-01",
        source: "infratally.com/articles/object-storage-guide-developers-2026",
      },
    },
  },
  {
    offer: "Backblaze B2",
    host: ".backblazeb2.com",
    remarks: ["a month, three times what lies there leaves free of charge; reckoned without that"],
    prices: {
      currency: "USD",
      perTbMonth: {
        amount: 6,
        asOf: "2026-04-01",
        source: "infratally.com/articles/object-storage-guide-developers-2026",
      },
      putPerThousand: { amount: 0, asOf: "2023-10-01", source: "backblaze.com/b2/b2-transactions-price.html, class A" },
      getPerThousand: {
        amount: 0.0004,
        asOf: "2023-10-01",
        source: "backblaze.com/b2/b2-transactions-price.html, class B",
      },
      outPerTb: {
        amount: 10,
        asOf: "2026-04-01",
        source: "infratally.com/articles/object-storage-guide-developers-2026",
      },
    },
  },
  {
    offer: "Wasabi",
    host: ".wasabisys.com",
    remarks: ["what leaves is free as long as it is no more a month than what lies there"],
    prices: {
      currency: "USD",
      perTbMonth: { amount: 7.99, asOf: "2026-07-01", source: "wasabi.com/pricing" },
      putPerThousand: { amount: 0, asOf: "2026-07-01", source: "wasabi.com/pricing" },
      getPerThousand: { amount: 0, asOf: "2026-07-01", source: "wasabi.com/pricing" },
      outPerTb: { amount: 0, asOf: "2026-07-01", source: "wasabi.com/pricing" },
      minimumTb: 1,
      minimumDays: 90,
    },
  },
  {
    offer: "Hetzner Object Storage",
    host: ".your-objectstorage.com",
    remarks: [
      "the first TB is its base price, with 1 TB a month that leaves",
      "its page charges storage and traffic and names no price of requests",
    ],
    prices: {
      currency: "EUR",
      perTbMonth: { amount: 5, asOf: "2024-12-06", source: "docs.hetzner.com/storage/object-storage/overview" },
      putPerThousand: { amount: 0, asOf: "2024-12-06", source: "docs.hetzner.com/storage/object-storage/overview" },
      getPerThousand: { amount: 0, asOf: "2024-12-06", source: "docs.hetzner.com/storage/object-storage/overview" },
      minimumTb: 1,
    },
  },
];

/** Those of the provider of an endpoint; undefined where nobody's ends like it. */
export function publishedPricesOf(endpoint: string): PublishedBucketPrices | undefined {
  return PUBLISHED_BUCKET_PRICES.find(({ host }) => endpoint.endsWith(host));
}
