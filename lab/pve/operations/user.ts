import { secretDigest, type User } from "../access";
import { splitList } from "../formats";
import { type Call, type Operation } from "../operation";
import { CREATE_USER, LIST_USERS, UPDATE_USER } from "../parameters/access";
import { USERID } from "../parameters/common";
import { impossible, Refusal } from "../refusal";
import { type DeepReadonly } from "../../core/state";

/** Users. Texts: pve-access-control, src/PVE/API2/User.pm. */
export const USERS: readonly Operation[] = [
  { name: "GET /access/users", parameters: LIST_USERS, permissions: { user: "all" }, handle: listUsers },
  {
    name: "POST /access/users",
    parameters: CREATE_USER,
    permissions: {
      check: [
        "and",
        ["userid-param", "Realm.AllocateUser"],
        ["userid-group", ["User.Modify"], "groups_param", "create"],
      ],
    },
    handle: createUser,
  },
  {
    name: "GET /access/users/{userid}",
    parameters: { userid: USERID },
    permissions: { check: ["userid-group", ["User.Modify", "Sys.Audit"]] },
    handle: (call) => shown(userOf(call.cluster.access.value, call.required("userid"))),
  },
  {
    name: "PUT /access/users/{userid}",
    parameters: UPDATE_USER,
    permissions: { check: ["userid-group", ["User.Modify"], "groups_param", "update"] },
    handle: updateUser,
  },
  {
    name: "DELETE /access/users/{userid}",
    parameters: { userid: USERID },
    permissions: { check: ["and", ["userid-param", "Realm.AllocateUser"], ["userid-group", ["User.Modify"]]] },
    handle: deleteUser,
  },
];

/** A user of the cluster. */
export function userOf<U>({ users }: { readonly users: Readonly<Record<string, U>> }, userid: string): U {
  const found = users[userid];
  if (found === undefined) throw impossible(`no such user ('${userid}')`);
  return found;
}

function listUsers(call: Call): unknown[] {
  const { users } = call.cluster.access.value;
  const mayAll = call.cluster.allows(call.authId, "/access/groups", ["User.Modify", "Sys.Audit"], true);
  return Object.entries(users)
    .filter(([userid]) => mayAll || call.authId.split("!")[0] === userid)
    .filter(([, { enable }]) => call.text("enabled") === undefined || enable === call.flag("enabled"))
    .map(([userid, user]) => ({ userid, "realm-type": userid.split("@")[1], ...shown(user) }));
}

function shown({ details, enable, expire }: DeepReadonly<User>): object {
  return { ...details, enable: enable ? 1 : 0, expire, groups: [], tokens: undefined };
}

function createUser(call: Call): void {
  const userid = call.required("userid");
  call.cluster.access.change(({ users }) => {
    if (users[userid] !== undefined) throw impossible(`create user failed: user '${userid}' already exists`);
    users[userid] = { enable: true, expire: 0, details: {}, tokens: {} };
    apply(users[userid], call);
    const password = call.text("password");
    if (password !== undefined) users[userid].passwordDigest = secretDigest(password);
  });
}

function updateUser(call: Call): void {
  call.cluster.access.change((access) => {
    apply(userOf(access, call.required("userid")), call);
  });
}

function apply(user: User, call: Call): void {
  if (splitList(call.text("groups") ?? "").length > 0) throw impossible("update user failed: no such group");
  if (call.text("enable") !== undefined) user.enable = call.flag("enable");
  user.expire = call.number("expire") ?? user.expire;
  for (const name of ["comment", "email", "firstname", "lastname", "keys"]) {
    const value = call.text(name);
    if (value === "") Reflect.deleteProperty(user.details, name);
    else if (value !== undefined) user.details[name] = value;
  }
}

/** PVE deletes the rights of a user and of its tokens with it. */
function deleteUser(call: Call): void {
  const userid = call.required("userid");
  if (userid === "root@pam") throw new Refusal(403, "Permission check failed");
  call.cluster.access.change((access) => {
    userOf(access, userid);
    Reflect.deleteProperty(access.users, userid);
    access.acl = access.acl.filter(({ ugid }) => ugid !== userid && !ugid.startsWith(`${userid}!`));
  });
}
