import fc from "fast-check";

import { type RestoreJob, type RestoreQueue } from "../../planning/restore-queue";

/** The store and the link that all pass, then the disks of each of three nodes. */
const SHARED = 2;
const WEIGHTS = [1, 5, 25] as const;

export function queues(most: number): fc.Arbitrary<RestoreQueue> {
  return fc
    .record({
      jobs: fc.array(
        fc.record({
          node: fc.nat({ max: 2 }),
          log: fc.double({ min: 0, max: 3, noNaN: true }),
          boot: fc.integer({ min: 10, max: 120 }),
          probe: fc.integer({ min: 0, max: 120 }),
          weight: fc.constantFrom(...WEIGHTS),
          needs: fc.array(fc.nat({ max: most }), { maxLength: 2 }),
        }),
        { minLength: 1, maxLength: most },
      ),
      link: fc.integer({ min: 100, max: 1000 }),
      disk: fc.integer({ min: 200, max: 600 }),
      fastest: fc.integer({ min: 80, max: 800 }),
    })
    .map(({ jobs, link, disk, fastest }) => ({
      capacities: [1000, link, disk, disk, disk],
      jobs: jobs.map(({ node, log, boot, probe, weight, needs }, index) => ({
        vmid: 100 + index,
        bytes: 5_000 * 10 ** log,
        fastest,
        resources: [0, 1, SHARED + node],
        boot,
        probe,
        weight,
        dependsOn: needs.filter((need) => need < index).map((need) => 100 + need),
      })),
    }));
}

/** The link and the disks that are expected of a site, in restored bytes a second: 1 GbE with compression, a SATA SSD a node. */
const SOLO = 165e6;
const SOLO_DISK = 500e6;

/** As the field describes sites: sizes spread lognormally, three weights, one link. Deterministic by its seed. */
export function lognormalQueue(seed: number, count = 20): RestoreQueue {
  let state = seed * 2_654_435_761 + 1;
  const random = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const jobs = Array.from({ length: count }, (_, index): RestoreJob => {
    const weight = WEIGHTS[Math.floor(random() * WEIGHTS.length)] ?? 1;
    return {
      vmid: 100 + index,
      bytes: 50e9 * Math.exp(1.2 * normal()),
      fastest: 450e6,
      resources: [0],
      boot: 60,
      probe: 30,
      weight,
      dependsOn: [],
    };
  });
  return { jobs, capacities: [SOLO, SOLO_DISK, SOLO_DISK, SOLO_DISK] };
}
