import * as z from "zod";

import { PBS, supportOf } from "../../estate/units/proxmox-version";
import { PbsClient } from "../../provider/clients/pbs-client";
import { parseToken } from "../../provider/clients/login";
import { PBS_SECRETS } from "../enrol/names";
import { failure, failureOf, ok, warning, type Check, type Finding } from "./check";
import { clockFinding } from "./clock";
import { type DoctoredSite } from "./site";

const VERSION = z.looseObject({ version: z.string(), release: z.string().optional() });
const TIME = z.looseObject({ time: z.number() });

/** The backup server: it answers, shows the certificate whose fingerprint was compared, and lets both logins do what they need. */
export function backupServerCheck({ settings, secrets }: DoctoredSite): Check {
  const { address, port, fingerprint, machine, onNode } = settings.backupServer;
  if (address === undefined) return { name: "backup server", run: () => Promise.resolve([NO_SERVER]) };
  const isMade = machine !== undefined || onNode !== undefined;
  const cure = `make enrol PBS=${address}`;

  async function examined(login: Login, host: string): Promise<readonly Finding[]> {
    const secret = PBS_SECRETS[login];
    const line = await secrets.get(secret);
    const much = login === "apply" ? failure : warning;
    if (line === undefined && isMade) return login === "apply" ? [OWN_LOGIN] : [];
    if (line === undefined) return [much(`there is no ${secret} in the settings`, cure)];
    const pbs = PbsClient.at({ address: host, port, fingerprint }, parseToken(line, "PBS"), []);
    try {
      return await findings(pbs, login, host);
    } catch (error) {
      return [failureOf(error, "look whether the backup server is up, and its address and fingerprint are right")];
    } finally {
      await pbs.close();
    }
  }

  return {
    name: "backup server",
    run: async () => [...(await examined("apply", address)), ...(await examined("observe", address))],
  };
}

/** Where the program makes the server, the login comes out of it and stands in the state alone. */
const NO_SERVER = warning(
  "there is none yet, and nothing is backed up",
  "set backupServer.address, and machine or onNode if it is to be made; then make enrol PBS=…",
);

const OWN_LOGIN = warning(
  "the program makes the server and its login: neither can be tried from here, and `make observe` does not look into it",
  "make up looks at it each time",
);

type Login = keyof typeof PBS_SECRETS;

async function findings(pbs: PbsClient, login: Login, address: string): Promise<Finding[]> {
  const secret = PBS_SECRETS[login];
  const rights = Object.keys(await pbs.privileges("/"));
  const missing = NEEDED[login].filter((privilege) => !rights.includes(privilege));
  const again = `make enrol PBS=${address} again`;
  if (missing.length > 0) return [failure(`${secret} lacks ${missing.join(", ")} on /`, again)];
  if (login === "observe") {
    const more = rights.includes("Datastore.Modify");
    return [more ? warning(`${secret} can do more than look`, again) : ok(`${secret} may look, and nothing else`)];
  }
  const { version } = await pbs.ask(VERSION, { method: "GET", path: "/version" });
  if (supportOf(PBS, version) === "old")
    return [failure(`it runs PBS ${version}; ${PBS.major}.0 or newer is needed: ${PBS.because}`, PBS.upgrade)];
  const { time } = await pbs.ask(TIME, { method: "GET", path: "/nodes/localhost/time" });
  return [ok(`PBS ${version}; ${secret} has the rights it needs`), clockFinding(address, time)];
}

/** What each login takes. Source: proxmox-backup, pbs-api-types, roles Admin and Audit. */
const NEEDED: Readonly<Record<Login, readonly string[]>> = {
  apply: ["Datastore.Allocate", "Datastore.Audit", "Datastore.Modify", "Permissions.Modify", "Sys.Audit"],
  observe: ["Datastore.Audit", "Sys.Audit"],
};
