import { resourceRule } from "./rule";
import { NETWORKS } from "./types";

/**
 * Each change of a bridge, bond or VLAN reloads the network of a node that lives: guests, the cluster and the program itself are cut off by
 * a mistake, and nothing is left that could take it back. Source: bpg issues 2509, 3029, 3063.
 */
export const networksAreLeftAlone = resourceRule(
  { name: "networks-are-left-alone", description: "The network of a node that lives is not the program's to change." },
  [...NETWORKS],
  ({ name }) => [
    `${name} must not be changed from outside the node: take it out of the program, and set it at the node.`,
  ],
);
