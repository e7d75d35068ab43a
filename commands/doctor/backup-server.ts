import * as z from "zod";

import { PbsClient } from "../../provider/clients/pbs-client";
import { parseToken } from "../../provider/clients/login";
import { type Trust } from "../../provider/clients/trust";
import { failure, failureOf, ok, type Check, type Finding } from "./check";
import { clockFinding } from "./clock";
import { type DoctoredSite } from "./site";

const VERSION = z.looseObject({ version: z.string(), release: z.string().optional() });
const TIME = z.looseObject({ time: z.number() });

/** The backup server: it answers, shows the certificate whose fingerprint was compared, and takes the login. */
export function backupServerCheck({ settings, secrets }: DoctoredSite): Check {
  return {
    name: "backup server",
    run: async () => {
      const { address, port, fingerprint } = settings.backupServer;
      const line = await secrets.get("pbsToken");
      const cure = `make enrol PBS=${address}`;
      if (line === undefined) return [failure("there is no pbsToken in the settings", cure)];
      const trust: Trust = fingerprint === undefined ? {} : { fingerprint };
      const endpoint = `https://${address.includes(":") ? `[${address}]` : address}:${port}`;
      const pbs = new PbsClient({ endpoint, trust, login: parseToken(line, "PBS") }, []);
      try {
        return await findings(pbs, address);
      } catch (error) {
        return [failureOf(error, "look whether the backup server is up, and its address and fingerprint are right")];
      } finally {
        await pbs.close();
      }
    },
  };
}

async function findings(pbs: PbsClient, address: string): Promise<Finding[]> {
  const { version } = await pbs.ask(VERSION, { method: "GET", path: "/version" });
  const rights = Object.keys(await pbs.privileges("/"));
  const { time } = await pbs.ask(TIME, { method: "GET", path: "/nodes/localhost/time" });
  const missing = NEEDED.filter((privilege) => !rights.includes(privilege));
  const login =
    missing.length === 0
      ? ok(`PBS ${version}; pbsToken has the rights it needs`)
      : failure(
          `pbsToken lacks ${missing.join(", ")} on /`,
          "give it and its user the role Admin on /: docs/how-to/logins.md",
        );
  return [login, clockFinding(address, time)];
}

/** What it takes to make datastores, users, rights and jobs. Source: proxmox-backup, pbs-api-types, role Admin. */
const NEEDED = ["Datastore.Allocate", "Datastore.Audit", "Datastore.Modify", "Permissions.Modify", "Sys.Audit"];
