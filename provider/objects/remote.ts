import * as z from "zod";

import { isFingerprint } from "../../estate/units/fingerprint";
import { type PbsRemote } from "../clients/pbs-shapes";
import { caseless, given, orElse, plain, text, trimmed, type Fields } from "./fields";
import { comment, identifier, loginText } from "./input-text";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";
import { written } from "./written";

const USUAL_PORT = 8007;

const INPUTS = z.strictObject({
  remote: identifier("pbsId").describe("Name of the other server on this one. **Cannot be changed.**"),
  host: identifier("address").describe("Name or address of the other PBS."),
  port: z.number().int().min(1).max(65535).optional().describe("TCP port of the other PBS; 8007 by default."),
  authId: loginText("vault@pbs!pull").describe(
    "Login on the other PBS, best a token that can read one namespace and nothing else.",
  ),
  password: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe("Secret of the token, or the user's password; without it, the one that the remote has stays."),
  fingerprint: z
    .string()
    .refine(isFingerprint, { error: 'expected 32 bytes in hex such as "0e:ab:…:d4"' })
    .optional()
    .describe("SHA-256 of the other PBS's certificate; without it the system's CAs decide."),
  useNodeProxy: z.boolean().optional().describe("Whether it is reached through the HTTP proxy of this server."),
  comment: comment(128).optional().describe("One line for people."),
});

const OTHER =
  "Another name is another remote: declare a second one, point the sync jobs at it, and take the first out of the program";

/**
 * Another PBS, as this one logs in to it. The password is never shown by PBS. Where a remote is there already and its own login
 * still works, nothing is written over it.
 */
export const remote: SiteObject = {
  token: "resilience:pbs:Remote",
  description: "Another Proxmox Backup Server and the login for it, from which sync jobs pull.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: ["password"],
  unreadable: ["password"],
  identity: ["remote"],
  fixed: { remote: OTHER },
  meanings: {
    remote: plain,
    host: caseless,
    port: orElse(USUAL_PORT),
    authId: plain,
    password: plain,
    fingerprint: caseless,
    useNodeProxy: orElse(false),
    comment: trimmed,
  },
  idOf: (fields) => text(fields, "remote"),
  identityOf: (id) => ({ remote: id }),
  look,
  weakenings: () => Promise.resolve([]),
  async create(site, wanted) {
    const name = text(wanted, "remote");
    const password = text(wanted, "password");
    if (password === "") {
      throw new Refusal(
        `pbs:Remote/${name} is not there yet: give its password, the secret of ${text(wanted, "authId")}`,
      );
    }
    await site.pbs().createRemote({ name, password, ...given(parameters(wanted)) });
    await tellWhetherItAnswers(site, name);
    return {};
  },
  async update(site, wanted) {
    const name = text(wanted, "remote");
    const { set, unset } = written(parameters(wanted));
    const password = text(wanted, "password");
    await site.pbs().updateRemote(name, { ...set, ...(password !== "" && { password }) }, unset);
    await tellWhetherItAnswers(site, name);
    return {};
  },
  async settle(site, wanted) {
    const [name, password] = [text(wanted, "remote"), text(wanted, "password")];
    if (password === "" || (await refusalOf(site, name)) === undefined) return;
    await site.pbs().updateRemote(name, { password });
    await tellWhetherItAnswers(site, name);
  },
  async remove(site, living) {
    await site.pbs().removeRemote(text(living, "remote"));
  },
};

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const name = text(identity, "remote");
  const found = (await site.pbs().remotes()).find((one) => one.name === name);
  if (found !== undefined) return fieldsOf(found);
  await demandSight(site.pbs(), "/remote", "Remote.Audit", "below");
  return undefined;
}

function fieldsOf(found: PbsRemote): Fields {
  const { name, host, port, fingerprint, comment: words } = found;
  const login = { authId: found["auth-id"], useNodeProxy: found["use-node-proxy"] };
  return given({ remote: name, host, port, ...login, fingerprint, comment: words });
}

function parameters(wanted: Fields) {
  const { host, port, authId, fingerprint, useNodeProxy, comment: words } = INPUTS.parse(wanted);
  return { host, port, "auth-id": authId, fingerprint, "use-node-proxy": useNodeProxy, comment: words };
}

/** The other side may be down while this one is set up: that is said, and stops nothing. */
async function tellWhetherItAnswers(site: Site, name: string): Promise<void> {
  const refusal = await refusalOf(site, name);
  if (refusal === undefined) return;
  site.tell(`pbs:Remote/${name} does not let this server in yet: ${refusal}. Sync jobs from it fail until it does`);
}

async function refusalOf(site: Site, name: string): Promise<string | undefined> {
  try {
    await site.pbs().scanRemote(name);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
