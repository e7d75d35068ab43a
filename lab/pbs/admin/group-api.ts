import { flag, optional } from "../../core/specification";
import { ANYBODY, type Call, type Operation, type Reply } from "../operation";
import { Refusal } from "../refusal";
import { AUTH_ID, MAX_DEPTH, NAMESPACE, NAMESPACE_NAME, STORE } from "../schema";
import { type Datastore } from "../store/datastore";
import { isToken, userOf } from "../store/owner";
import { type GroupId, groupName } from "../store/snapshot-id";
import { groupOf, MARK, namespaceAclPath, ONE_GROUP, openGroup, ownerOf, PRUNE, reachOf } from "./group-access";

const AT = "/admin/datastore/{store}";

/** Owners of groups, the removal of groups, and namespaces. */
export const GROUP_OPERATIONS: readonly Operation[] = [
  {
    name: `POST ${AT}/change-owner`,
    permission: ANYBODY,
    parameters: { ...ONE_GROUP, "new-owner": AUTH_ID },
    run: changeOwner,
  },
  {
    name: `DELETE ${AT}/groups`,
    permission: ANYBODY,
    parameters: { ...ONE_GROUP, "error-on-protected": optional(flag()) },
    run: forgetGroup,
  },
  {
    name: `GET ${AT}/namespace`,
    permission: ANYBODY,
    parameters: { "max-depth": optional(MAX_DEPTH), parent: optional(NAMESPACE), store: STORE },
    run: listNamespaces,
  },
  {
    name: `POST ${AT}/namespace`,
    permission: ANYBODY,
    parameters: { name: NAMESPACE_NAME, parent: optional(NAMESPACE), store: STORE },
    run: createNamespace,
  },
  {
    name: `DELETE ${AT}/namespace`,
    permission: ANYBODY,
    parameters: {
      "delete-groups": optional(flag()),
      "error-on-protected": optional(flag()),
      ns: NAMESPACE,
      store: STORE,
    },
    run: deleteNamespace,
  },
];

/** A user may move a group between itself and its own tokens; a token may not (observed on PBS 4.2.3). */
async function changeOwner(call: Call): Promise<Reply> {
  const { server, authId } = call;
  const reach = reachOf(call, MARK);
  const store = server.datastore(call.text("store"), "write");
  const group = groupOf(call);
  const next = call.text("new-owner");
  const owner = ownerOf(store, group);
  if (reach === "own" && !mayHandOver(authId, owner, next)) {
    const name = groupName(group);
    throw new Refusal(`${authId} does not have permission to change owner of backup group '${name}' to ${next}`, 401);
  }
  if (!server.isActive(next)) {
    throw new Refusal(`${isToken(next) ? "API token" : "user"} '${next}' is inactive or non-existent`);
  }
  await store.setOwner(group, next);
  return { data: null };
}

function mayHandOver(authId: string, owner: string, next: string): boolean {
  const within = userOf(owner) === authId && userOf(next) === authId;
  return !isToken(authId) && within && (isToken(owner) || isToken(next));
}

/** What a removal of groups did; the fields of PBS. */
interface Removal {
  "protected-snapshots": number;
  "removed-groups": number;
  "removed-snapshots": number;
}

async function forgetGroup(call: Call): Promise<Reply> {
  const [store, group] = openGroup(call, PRUNE, "write");
  const removal = await removeGroup(store, group);
  if (removal["protected-snapshots"] > 0 && call.flag("error-on-protected", true)) {
    throw new Refusal("group only partially deleted due to protected snapshots");
  }
  return { data: removal };
}

/** Where a bucket refuses, the group is gone here until the next refresh, and there it stays (observed on PBS 4.2.3). */
async function removeGroup(store: Datastore, group: GroupId): Promise<Removal> {
  try {
    return await removeSnapshots(store, group);
  } catch (error) {
    store.forgetGroup(group);
    throw error;
  }
}

async function removeSnapshots(store: Datastore, group: GroupId): Promise<Removal> {
  const removal = { "protected-snapshots": 0, "removed-groups": 0, "removed-snapshots": 0 };
  for (const snapshot of store.snapshots(group)) {
    if (store.isProtected(snapshot)) removal["protected-snapshots"] += 1;
    else {
      await store.removeSnapshot(snapshot);
      removal["removed-snapshots"] += 1;
    }
  }
  if (removal["protected-snapshots"] === 0) {
    await store.removeEmptyGroup(group);
    removal["removed-groups"] = 1;
  }
  return removal;
}

/** A parent that is not there is listed as if it were (observed on PBS 4.2.3). */
function listNamespaces(call: Call): Reply {
  const { server, authId } = call;
  const name = call.text("store");
  const parent = call.maybe("parent") ?? "";
  const privileges = ["Datastore.Audit", "Datastore.Modify", "Datastore.Read", "Datastore.Backup"] as const;
  const sees = (ns: string): boolean => server.rights.hasAny(authId, namespaceAclPath(name, ns), privileges);
  const below = server.rights.hasAnyBelow(authId, namespaceAclPath(name, parent), privileges);
  if (!sees(parent) && !below) throw new Refusal("permission check failed", 403);
  const store = server.datastore(name, "read");
  return {
    data: store
      .namespaces(parent, call.number("max-depth") ?? 7)
      .filter(sees)
      .map((ns) => ({ ns })),
  };
}

/** A namespace that is there is answered like a new one (observed on PBS 4.2.3). */
async function createNamespace(call: Call): Promise<Reply> {
  const parent = call.maybe("parent") ?? "";
  rejectUnentitledChange(call, parent);
  const ns = parent === "" ? call.text("name") : `${parent}/${call.text("name")}`;
  if (ns.split("/").length > 7) throw new Refusal(`cannot create namespace, max depth of 7 exceeded`);
  const store = call.server.datastore(call.text("store"), "write");
  if (!store.hasNamespace(parent))
    throw new Refusal(`cannot create new namespace, parent ${parent} doesn't already exists`);
  await store.createNamespace(ns);
  return { data: ns };
}

/** Goes through empty children too; one that is not there is removed with success (observed on PBS 4.2.3). */
async function deleteNamespace(call: Call): Promise<Reply> {
  const ns = call.text("ns");
  if (ns === "") throw new Refusal("cannot delete root namespace!");
  rejectUnentitledChange(call, ns.split("/").slice(0, -1).join("/"));
  const store = call.server.datastore(call.text("store"), "write");
  const groups = store.namespaces(ns, 7).flatMap((at) => store.groups(at));
  const removals: Removal[] = [];
  for (const group of call.flag("delete-groups") ? groups : []) removals.push(await removeGroup(store, group));
  const sum = (field: keyof Removal): number => removals.reduce((total, one) => total + one[field], 0);
  if (!(await store.removeEmptyNamespace(ns))) {
    const cause =
      sum("protected-snapshots") > 0 ? "protected snapshots" : "existing groups but `delete-groups` not true ";
    throw new Refusal(`only partially deleted due to ${cause}`);
  }
  const fields = ["protected-snapshots", "removed-groups", "removed-snapshots"] as const;
  return { data: Object.fromEntries(fields.map((field) => [field, sum(field)])) };
}

function rejectUnentitledChange(call: Call, parent: string): void {
  const { server, authId } = call;
  const path = namespaceAclPath(call.text("store"), parent);
  if (server.rights.hasAny(authId, path, ["Datastore.Modify"])) return;
  throw new Refusal(`permission check failed - missing Datastore.Modify on ${path}`, 403);
}
