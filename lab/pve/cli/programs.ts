import { pvesh } from "./pvesh";
import { type PveNode } from "../node";
import { type Program } from "../../core/program";

/** The programs that PVE brings to a node's shell. */
export function programsOf(node: PveNode): Readonly<Record<string, Program>> {
  return { pvesh: (argv) => pvesh(node, argv) };
}
