import { nothing, type Subcommands } from "./tool";

const JOB = "/cluster/replication/{id}";
const RESOURCE = "/cluster/ha/resources/{sid}";
const RULE = "/cluster/ha/rules/{rule}";

/** `pvesr`: storage replication. Source: pve-manager, PVE/CLI/pvesr.pm. */
export const PVESR: Subcommands = {
  list: { operation: "GET /cluster/replication" },
  read: { operation: `GET ${JOB}`, operands: ["id"] },
  status: { operation: "GET /nodes/{node}/replication" },
  "create-local-job": {
    operation: "POST /cluster/replication",
    operands: ["id", "target"],
    fixed: { type: "local" },
    print: nothing,
  },
  update: { operation: `PUT ${JOB}`, operands: ["id"], print: nothing },
  enable: { operation: `PUT ${JOB}`, operands: ["id"], fixed: { disable: "0" }, print: nothing },
  disable: { operation: `PUT ${JOB}`, operands: ["id"], fixed: { disable: "1" }, print: nothing },
  delete: { operation: `DELETE ${JOB}`, operands: ["id"], print: nothing },
  "schedule-now": { operation: "POST /nodes/{node}/replication/{id}/schedule_now", operands: ["id"] },
};

/** `ha-manager`: HA. Source: pve-ha-manager, src/PVE/CLI/ha_manager.pm. */
export const HA_MANAGER: Subcommands = {
  add: { operation: "POST /cluster/ha/resources", operands: ["sid"], print: nothing },
  set: { operation: `PUT ${RESOURCE}`, operands: ["sid"], print: nothing },
  remove: { operation: `DELETE ${RESOURCE}`, operands: ["sid"], print: nothing },
  config: { operation: "GET /cluster/ha/resources", print: resources },
  status: { operation: "GET /cluster/ha/status/current", print: statuses },
  "crm-command migrate": {
    operation: `POST ${RESOURCE}/migrate`,
    operands: ["sid", "node"],
    print: nothing,
  },
  "rules add": { operation: "POST /cluster/ha/rules", operands: ["type", "rule"], print: nothing },
  "rules set": { operation: `PUT ${RULE}`, operands: ["type", "rule"], print: nothing },
  "rules remove": { operation: `DELETE ${RULE}`, operands: ["rule"], print: nothing },
  "rules list": { operation: "GET /cluster/ha/rules" },
};

/** `pvecm`: the cluster itself. */
export const PVECM: Subcommands = { status: { operation: "GET /cluster/status", print: quorum } };

interface Member {
  readonly type: string;
  readonly name: string;
  readonly nodes?: number;
  readonly quorate?: number;
  readonly nodeid?: number;
  readonly ip?: string;
  readonly local?: number;
}

interface Resource {
  readonly sid: string;
  readonly state: string;
  readonly comment?: string;
}

function resources(answer: unknown): string {
  return (answer as Resource[])
    .map(({ sid, state, comment }) => {
      const lines = [...(comment === undefined ? [] : [`\tcomment ${comment}`]), `\tstate ${state}`];
      return `${sid}\n${lines.join("\n")}\n\n`;
    })
    .join("");
}

function statuses(answer: unknown): string {
  const rows = answer as { readonly type: string; readonly status: string }[];
  return rows.map(({ type, status }) => `${type} ${status}\n`).join("");
}

function quorum(answer: unknown): string {
  const members = answer as readonly Member[];
  const cluster = members.find(({ type }) => type === "cluster");
  const nodes = members.filter(({ type }) => type === "node");
  const head = [
    `Cluster information\n-------------------\nName:             ${cluster?.name ?? ""}`,
    `Quorum information\n------------------\nNodes:            ${nodes.length}\nQuorate:          ${cluster?.quorate === 1 ? "Yes" : "No"}`,
    "Membership information\n----------------------\n    Nodeid      Votes Name",
  ].join("\n\n");
  const lines = nodes.map(({ nodeid = 0, ip = "", local }) => {
    const id = `0x${nodeid.toString(16).padStart(8, "0")}`;
    return `${id.padStart(10)}          1 ${ip}${local === 1 ? " (local)" : ""}`;
  });
  return `${[head, ...lines].join("\n")}\n`;
}
