import * as types from "../../../policies/types";
import { type Cases, UNKNOWN } from "../judge";

const connection = { host: "10.0.0.10", hostKey: "ssh-ed25519 AAAA" };

/** Rules about the root shell of a node. */
export const NODES_CASES: Cases = {
  "shell-knows-host": {
    good: [{ type: types.COMMAND, props: { connection } }],
    bad: [types.COMMAND, ...types.COPIES_TO_REMOTE].map((type) => [
      [{ type, props: { connection: { host: "10.0.0.10" } } }],
      "it must know whom it talks to: set hostKey in the node's ssh settings.",
    ]),
  },
  "nothing-undone-by-trigger": {
    good: [
      { type: types.COMMAND, props: { triggers: ["x"] } },
      { type: types.COMMAND, props: { delete: "x" } },
    ],
    bad: [
      [
        [{ type: types.COMMAND, props: { triggers: ["x"], delete: "rm" } }],
        "it must not undo what its trigger just did: leave triggers or delete out.",
      ],
    ],
  },
  "shell-tells-nothing": {
    good: [
      { type: types.COMMAND, props: { connection, stdin: UNKNOWN, logging: "none", addPreviousOutputInEnv: false } },
      { type: types.COMMAND, props: { connection, create: "zpool list", addPreviousOutputInEnv: false } },
    ],
    bad: [
      [
        [{ type: types.COMMAND, props: { connection, stdin: UNKNOWN, logging: "stderr" } }],
        'What it is told and answers must stand in no log: set addPreviousOutputInEnv: false, logging: "none".',
      ],
    ],
  },
  "no-connector-on-nodes": {
    good: [{ type: types.COMMAND, props: { connection, create: "zpool list" } }],
    bad: [
      [
        [{ type: types.COMMAND, props: { connection, create: "apt-get install -y cloudflared" } }],
        "it must not bring a tunnel's connector onto a node: let it run in a guest of the zone dmz.",
      ],
    ],
  },
  "networks-are-left-alone": {
    good: [{ type: types.VM, props: { networkDevices: [{ bridge: "vmbr0" }] } }],
    bad: types.NETWORKS.map((type) => [
      [{ type }],
      "it must not be changed from outside the node: take it out of the program, and set it at the node.",
    ]),
  },
};
