import { userOf } from "../clients/login";
import { type PveStorage } from "../clients/pve-shapes";
import { Refusal } from "./refusal";
import { type Site } from "./site";

const CURE =
  "Give the storage another one first, or, where it is meant to stay on the site, take this out with pulumi state delete";

/**
 * Stops before a login, or its right, is taken away that a PVE storage still uses: tonight's backup would be refused.
 * Without a PVE in the configuration nobody can look, and nothing is stopped.
 * @throws {Refusal} Naming the storages.
 */
export async function refuseInUse(site: Site, name: string, authId: string): Promise<void> {
  if (!site.hasPve) return;
  const logins = (await site.pve().storages()).filter(({ type }) => type === "pbs");
  const users = logins.filter(({ username = "" }) => username === authId || userOf(username) === authId);
  if (users.length === 0) return;
  throw new Refusal(inUse(name, users));
}

/**
 * Stops before a datastore is forgotten into which a PVE storage still writes.
 * @throws {Refusal} Naming the storages.
 */
export async function refuseWrittenInto(site: Site, name: string, datastore: string): Promise<void> {
  if (!site.hasPve) return;
  const users = (await site.pve().storages()).filter((one) => one.type === "pbs" && one.datastore === datastore);
  if (users.length > 0) throw new Refusal(inUse(name, users));
}

function inUse(name: string, users: readonly PveStorage[]): string {
  const ids = users.map(({ storage }) => storage).join(", ");
  return `${name} stays: PVE storage ${ids} still uses it, and its next backup would fail. ${CURE}`;
}
