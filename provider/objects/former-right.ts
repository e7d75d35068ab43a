import { given, orElse, plain, type Fields } from "./fields";
import { FORMER_RIGHT_INPUTS } from "./former-right-inputs";
import { reasonToWait } from "./former-right-proof";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { nameOf, type SiteObject } from "./site-object";

const OTHER = "Another right is another object: declare a second one, and take the first out of the program";

/**
 * A right that a user had before the program, and that its token does not need. It is named at each run, and taken away only
 * by name, and only after a backup that did without it: never on the day on which the login changes.
 */
export const formerRight: SiteObject = {
  token: "resilience:pbs:FormerRight",
  description: "A right that a user of a Proxmox Backup Server no longer needs, to end after a backup without it.",
  inputs: FORMER_RIGHT_INPUTS,
  extraOutputs: { present: { type: "boolean", description: "Whether the user has it now." } },
  secrets: [],
  unreadable: [],
  identity: ["path", "role", "authId"],
  fixed: { path: OTHER, role: OTHER, authId: OTHER },
  meanings: { path: plain, role: plain, authId: plain, datastore: plain, login: plain, end: orElse(false) },
  idOf: ({ path, role, authId }) => `${String(path)}?${String(authId)}?${String(role)}`,
  identityOf,
  look,
  weakenings: () => Promise.resolve([]),
  // Nothing is made: what is there is looked at, and ended when it may be.
  plan: async (site, wanted) => {
    const { end, present } = await look(site, wanted);
    return { end, present, adopted: true };
  },
  create: endOrWait,
  update: endOrWait,
  // A right that was taken away is not given back, and one that is there is its owner's.
  remove: () => Promise.resolve(),
};

function identityOf(id: string): Fields {
  const [path, authId, role, ...rest] = id.split("?");
  if (path !== undefined && authId !== undefined && role !== undefined && rest.length === 0)
    return { path, authId, role };
  throw new Refusal(`expected a right as path?user?role, such as /datastore/main?tappaas@pbs?Admin, got "${id}"`);
}

/** A right that is not there has ended, as far as its end was wanted; one that came back has not. */
async function look(site: Site, identity: Fields): Promise<Fields> {
  const { path, role, authId, datastore, login } = identity;
  const present = await isPresent(site, identity);
  return given({ path, role, authId, datastore, login, end: !present && identity["end"] === true, present });
}

async function isPresent(site: Site, { path, role, authId }: Fields): Promise<boolean> {
  const entries = await site.pbs().acl();
  if (entries.some((entry) => entry.path === path && entry.roleid === role && entry.ugid === authId)) return true;
  await demandSight(site.pbs(), "/access/acl", "Sys.Audit");
  return false;
}

/** The outputs count as adopted: what the end waits for is no fault of this run. */
async function endOrWait(site: Site, wanted: Fields): Promise<Fields> {
  const waiting = { adopted: true };
  if (!(await isPresent(site, wanted))) return waiting;
  const { path, role, authId, end, login } = FORMER_RIGHT_INPUTS.parse(wanted);
  const name = nameOf(formerRight, wanted);
  if (end !== true) {
    site.tell(`${authId} has the role ${role} on ${path}, and ${login} does without. ${cure(name)}`);
    return waiting;
  }
  if (!site.adoptions.includes(name)) throw new Refusal(`${name} would be taken away. ${cure(name)}`);
  const reason = await reasonToWait(site, wanted);
  if (reason !== undefined) {
    site.tell(`${name} stays for now: ${reason}. The next run looks again`);
    return waiting;
  }
  await site.pbs().revoke(path, role, authId);
  site.tell(
    `${name} has ended: ${login} has written backups without it. TAPPaaS' backup/install.sh gives it again when it runs; ` +
      "the next run then takes it away again",
  );
  return waiting;
}

function cure(name: string): string {
  return `To have it end after a backup without it, add "${name}" to adoptions`;
}
