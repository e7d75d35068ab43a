import { closeSync, existsSync, openSync, readSync } from "node:fs";

import { type ServiceDescription } from "../../core/site-description";
import { type DeepReadonly } from "../../core/state";
import { type PveNode } from "../node";
import { seededBytes } from "./disk-contents";
import { disksOf, type Guest } from "./guest";

const MIB = 1024 * 1024;
/** Bytes by which what is installed is told. */
const SAMPLE = 4_096;

/** What is installed on a guest's first disk. It is told by the disk's bytes, so a copy has it and an empty disk has not. */
export function serviceOf(node: PveNode, guest: DeepReadonly<Guest>): ServiceDescription | undefined {
  const [disk] = disksOf(guest);
  if (disk === undefined) return undefined;
  const file = node.contents.fileOf(node.datasetOf(disk));
  if (!existsSync(file)) return undefined;
  const described = node.site.description.nodes.flatMap(({ guests }) => guests);
  return described.find(({ service, disks: [first] }) => {
    const seeds = first?.contents ?? [];
    const last = seeds.findLastIndex((seed) => seed !== "");
    const seed = seeds[last];
    return service !== undefined && seed !== undefined && holds(file, last * MIB, seededBytes(seed));
  })?.service;
}

function holds(file: string, offset: number, expected: Buffer): boolean {
  const found = Buffer.alloc(SAMPLE);
  const opened = openSync(file, "r");
  try {
    readSync(opened, found, 0, SAMPLE, offset);
  } finally {
    closeSync(opened);
  }
  return found.equals(expected.subarray(0, SAMPLE));
}
