import { type PveCluster } from "./cluster";
import { type PveNode } from "./node";
import { type VerifiedParameters } from "./verify";
import { type Parameters } from "../core/specification";

/**
 * Who may ask, in the words of the API viewer: `user: "world"` needs no login, `user: "all"` any login, `check` a
 * privilege: `["perm", path, privileges, "any", 1]`, or `["or" | "and", ...checks]`.
 */
export interface Permissions {
  /** Needs no privilege; the operation may filter or check by itself. */
  readonly user?: "world" | "all";
  /** Needs privileges. */
  readonly check?: Check;
}

/** A check; see {@link Permissions}. */
export type Check = readonly (string | number | readonly string[] | Check)[];

/** One API operation of PVE. */
export interface Operation {
  /** Verb and path: `PUT /storage/{storage}`. */
  readonly name: string;
  /** Parameters, those of the path included. */
  readonly parameters: Parameters;
  /** Who may ask. */
  readonly permissions: Permissions;
  /** Answers with what stands under `data`. */
  readonly handle: (call: Call) => unknown;
}

/** One request that passed login, privileges and parameter checks. */
export class Call {
  constructor(
    /** Node that was asked. */
    readonly node: PveNode,
    /** User or token that asks. */
    readonly authId: string,
    readonly parameters: VerifiedParameters,
  ) {}

  /** The asked node's cluster. */
  get cluster(): PveCluster {
    return this.node.cluster;
  }

  /** Text of a parameter, undefined when it was not given. */
  text(name: string): string | undefined {
    const value = this.parameters[name];
    return value === undefined || typeof value === "string" ? value : value.join(",");
  }

  /** Text of a parameter that the specification requires. */
  required(name: string): string {
    return this.text(name) ?? "";
  }

  /** Number of a parameter. */
  number(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : Number(value);
  }

  /** Whether a flag was given and is set. */
  flag(name: string): boolean {
    return this.parameters[name] === "1";
  }

  /** All parameters but `names`, lists joined. */
  except(...names: readonly string[]): Record<string, string> {
    const rest = Object.keys(this.parameters).filter((name) => !names.includes(name));
    return Object.fromEntries(rest.map((name) => [name, this.text(name) ?? ""]));
  }
}
