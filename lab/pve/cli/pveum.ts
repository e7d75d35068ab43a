import { nothing, type Subcommands } from "./tool";

const USER = "/access/users/{userid}";
const ROLE = "/access/roles/{roleid}";
const TOKEN = `${USER}/token/{tokenid}`;

/** `pveum`: users, tokens, roles and rights. Source: pve-access-control, src/PVE/CLI/pveum.pm. */
export const PVEUM: Subcommands = {
  "user add": { operation: "POST /access/users", operands: ["userid"], print: nothing },
  "user modify": { operation: `PUT ${USER}`, operands: ["userid"], print: nothing },
  "user delete": { operation: `DELETE ${USER}`, operands: ["userid"], print: nothing },
  "user list": { operation: "GET /access/users" },
  "user token add": { operation: `POST ${TOKEN}`, operands: ["userid", "tokenid"] },
  "user token modify": { operation: `PUT ${TOKEN}`, operands: ["userid", "tokenid"] },
  "user token remove": { operation: `DELETE ${TOKEN}`, operands: ["userid", "tokenid"], print: nothing },
  "user token list": { operation: `GET ${USER}/token`, operands: ["userid"] },
  "role add": { operation: "POST /access/roles", operands: ["roleid"], print: nothing },
  "role modify": { operation: `PUT ${ROLE}`, operands: ["roleid"], print: nothing },
  "role delete": { operation: `DELETE ${ROLE}`, operands: ["roleid"], print: nothing },
  "role list": { operation: "GET /access/roles" },
  "acl modify": { operation: "PUT /access/acl", operands: ["path"], print: nothing },
  "acl delete": { operation: "PUT /access/acl", operands: ["path"], fixed: { delete: "1" }, print: nothing },
  "acl list": { operation: "GET /access/acl" },
};
