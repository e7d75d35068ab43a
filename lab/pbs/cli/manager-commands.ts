/** One subcommand of `proxmox-backup-manager`. */
export interface ManagerCommand {
  /** Verb and path of the operation behind it. */
  readonly operation: string;
  /** Parameters that are given by their place. */
  readonly operands?: readonly string[];
  /** Parameters that are always so. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** Form of the answer where it is no table. */
  readonly print?: "result" | "certificate" | "nothing";
}

const LOCAL = { node: "localhost" };
const USER = "/access/users/{userid}";
const TOKEN = `${USER}/token/{token-name}`;

/** Subcommands that the lab knows, by their words. Source: proxmox-backup, src/bin/proxmox_backup_manager/. */
export const MANAGER_COMMANDS: Readonly<Record<string, ManagerCommand>> = {
  "acl list": { operation: "GET /access/acl" },
  "acl update": { operation: "PUT /access/acl", operands: ["path", "role"], print: "nothing" },
  "cert info": { operation: "GET /nodes/{node}/certificates/info", fixed: LOCAL, print: "certificate" },
  "datastore list": { operation: "GET /config/datastore" },
  "datastore show": { operation: "GET /config/datastore/{name}", operands: ["name"] },
  "datastore create": { operation: "POST /config/datastore", operands: ["name", "path"] },
  "datastore update": { operation: "PUT /config/datastore/{name}", operands: ["name"], print: "nothing" },
  "datastore remove": { operation: "DELETE /config/datastore/{name}", operands: ["name"] },
  "datastore s3-refresh": { operation: "PUT /admin/datastore/{store}/s3-refresh", operands: ["store"] },
  "s3 endpoint list": { operation: "GET /config/s3" },
  "s3 endpoint create": { operation: "POST /config/s3", operands: ["id"], print: "nothing" },
  "s3 endpoint update": { operation: "PUT /config/s3/{id}", operands: ["id"], print: "nothing" },
  "s3 endpoint remove": { operation: "DELETE /config/s3/{id}", operands: ["id"], print: "nothing" },
  "s3 endpoint list-buckets": { operation: "GET /config/s3/{id}/list-buckets", operands: ["id"] },
  "s3 check": {
    operation: "PUT /admin/s3/{s3-endpoint-id}/check",
    operands: ["s3-endpoint-id", "bucket"],
    print: "nothing",
  },
  "garbage-collection start": { operation: "POST /admin/datastore/{store}/gc", operands: ["store"] },
  "garbage-collection status": { operation: "GET /admin/datastore/{store}/gc", operands: ["store"] },
  ...jobCommands("prune-job", "prune"),
  ...jobCommands("verify-job", "verify"),
  "task list": { operation: "GET /nodes/{node}/tasks", fixed: LOCAL },
  "user list": { operation: "GET /access/users" },
  "user create": { operation: "POST /access/users", operands: ["userid"], print: "nothing" },
  "user update": { operation: `PUT ${USER}`, operands: ["userid"], print: "nothing" },
  "user remove": { operation: `DELETE ${USER}`, operands: ["userid"], print: "nothing" },
  "user list-tokens": { operation: `GET ${USER}/token`, operands: ["userid"] },
  "user generate-token": { operation: `POST ${TOKEN}`, operands: ["userid", "token-name"], print: "result" },
  "user delete-token": { operation: `DELETE ${TOKEN}`, operands: ["userid", "token-name"], print: "nothing" },
  verify: { operation: "POST /admin/datastore/{store}/verify", operands: ["store"] },
};

function jobCommands(word: string, kind: string): Record<string, ManagerCommand> {
  const job = `/config/${kind}/{id}`;
  const operands = ["id"];
  return {
    [`${word} list`]: { operation: `GET /config/${kind}` },
    [`${word} show`]: { operation: `GET ${job}`, operands },
    [`${word} create`]: { operation: `POST /config/${kind}`, operands, print: "nothing" },
    [`${word} update`]: { operation: `PUT ${job}`, operands, print: "nothing" },
    [`${word} remove`]: { operation: `DELETE ${job}`, operands, print: "nothing" },
    [`${word} run`]: { operation: `POST /admin/${kind}/{id}/run`, operands },
  };
}
