import * as z from "zod";

import { LOGIN_USER } from "./names";
import { type Enrolling, type Step } from "./step";

const ACL = z.array(z.looseObject({ path: z.string(), ugid: z.string(), roleid: z.string() }));

/**
 * Roles of the program's user on a path below `/`; those that it has there already stay.
 * @param roles All that it is to have there: in PVE what is given on a path takes the place of what is given above it.
 */
export async function pathRightStep(
  { pvesh, record }: Enrolling,
  path: string,
  roles: readonly string[],
): Promise<Step> {
  const there = (await pvesh.get(ACL, "/access/acl"))
    .filter((row) => row.path === path && row.ugid === LOGIN_USER)
    .map(({ roleid }) => roleid);
  const missing = roles.filter((role) => !there.includes(role));
  return {
    thing: `right of ${LOGIN_USER} on ${path}`,
    change: missing.length === 0 ? undefined : `${missing.length === 1 ? "role" : "roles"} ${missing.join(", ")}`,
    apply: async () => {
      await pvesh.set("/access/acl", { path, roles: missing.join(","), users: LOGIN_USER });
      record.made.rights.push(...missing.map((role) => ({ path, role, holder: LOGIN_USER })));
    },
  };
}
