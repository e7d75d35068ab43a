import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { type DrHostSettings } from "../../estate/dr-host-settings";
import { parseToken } from "../../provider/clients/login";
import { PveClient } from "../../provider/clients/pve-client";
import { readEscrow, type Escrow } from "../../provider/keys/escrow";
import { keepKeyFile } from "../../provider/keys/key-file";
import { failOver, type FailOverOrder } from "../guard/fail-over";
import { SiteRecord } from "../guard/record";
import { parseGuestId } from "../../estate/units/guest-id";
import { openAnyStack, openStack, type Stack } from "../engine/stack";
import { rebuild, type Rebuilt } from "../rebuild";
import { demandExposure, hostChoice, type HostOrder } from "../rebuild/host-choice";
import { readServing, writeServing } from "../rebuild/serving";
import { rebuildStackOf } from "../rebuild/stack";
import { siteOf } from "../report/knowledge";
import { withServer } from "../restore/elsewhere";
import { readSecret } from "../secrets";
import { REPOSITORY } from "../stack-file";
import { cloudFirst } from "./cloud-first";
import { up } from "../site/up";
import { type Talk } from "../site/talk";

/** What a person says of a rebuild on somebody else's node; everything else stands in the settings. */
export interface HostRebuildOptions {
  /** The escrow sheet's file. */
  readonly escrowFile: string;
  /** The newest backups not later than this. @default - the newest */
  readonly before?: Date | undefined;
  /** Whether it goes on although guests may run at home, too. */
  readonly acceptTwice: boolean;
  /** Shows what would be done, and does nothing. */
  readonly dryRun: boolean;
}

/** `rebuild` of a stack of role dr-host: the guests of a lost site come back on somebody else's node. */
export async function rebuildOnHost(
  stack: Stack<DrHostSettings>,
  options: HostRebuildOptions,
  talk: Talk,
): Promise<Rebuilt> {
  const { settings, settingsFile, siteFolder: folder } = stack;
  const home = homeOf(stack);
  const known = siteOf(home);
  const ended = await cloudFirst(stack, known, options.dryRun, talk);
  if (ended !== undefined) return ended;
  const { estate, model } = known;
  const pve = await hostClient(stack);
  try {
    const order: HostOrder = { pve, settings, folder, guests: estate.guests, model, before: options.before };
    await demandExposure(order);
    const { backups } = settings;
    const sheet = readEscrow(readFileSync(options.escrowFile, "utf8"));
    const escrow = withServer(sheet, backups);
    const password = await readSecret(settingsFile, "backupsSecret", "PBS_PASSWORD");
    const login = { username: backups.authId, password };
    let serving = readServing(folder, settings.home);
    const choose: Parameters<typeof rebuild>[0]["choose"] = async (source) => {
      const choice = await hostChoice(order, source);
      serving = choice.serving;
      return choice;
    };
    const keep = () => {
      writeServing(folder, serving);
    };
    const names = new Map(estate.guests.map(({ vmid, name }) => [vmid, name]));
    const prepare = async () => {
      const where = { home, pve, settings, folder, stack: stack.name, backupsSecret: password };
      const prepared = estate.returnGuard?.prepared ?? [];
      if (!(await mayServe({ ...where, names, prepared, acceptTwice: options.acceptTwice }, talk))) return false;
      await keepKey(settings, sheet);
      return protectedFirst(settingsFile, talk);
    };
    const about = { stack: rebuildStackOf(settingsFile), pve, escrow, login, dryRun: options.dryRun };
    return await rebuild({ ...about, choose, keep, prepare, next: NEXT }, talk);
  } finally {
    await pve.close();
  }
}

/** Guests of a site with a guard serve elsewhere only once home's nodes can find out. */
async function mayServe(order: Omit<FailOverOrder, "record" | "vmids">, talk: Talk): Promise<boolean> {
  const record = await SiteRecord.of(order.home);
  if (record === undefined) {
    talk.say(
      `${order.home.name} has no guard: when it returns, its guests start there, too. docs/how-to/return-guard.md says what to do about that.`,
    );
    return true;
  }
  const { guests } = readServing(order.folder, order.settings.home);
  const vmids = guests.filter(({ wentHome }) => wentHome === undefined).map(({ of }) => parseGuestId(of).vmid);
  try {
    return await failOver({ ...order, record, vmids }, talk);
  } finally {
    await record.close();
  }
}

const NEXT = "It is backed up every night from now on. When home stands again: make failback.";

/** The nightly backup of what will serve there is set up before the first guest is: nothing serves without. */
async function protectedFirst(settingsFile: string, talk: Talk): Promise<boolean> {
  talk.say("First the nightly backup of what will serve there.");
  const { end } = await up(openAnyStack(settingsFile), { ...talk, confirm: () => Promise.resolve(true) });
  if (end === "applied" || end === "nothing") return true;
  talk.say("It could not be set up, so nothing was restored. Run it again when the reason above is gone.");
  return false;
}

/** The stack of the site whose guests they are, beside this one's. */
export function homeOf({ settings, settingsFile }: Stack<DrHostSettings>): Stack {
  return openStack(join(dirname(settingsFile), `Pulumi.${settings.home}.yaml`));
}

/** The key from the sheet, for the nightly backups: on the day after a fire its file is gone with home. */
async function keepKey({ key }: DrHostSettings, { key: escrowed }: Escrow): Promise<void> {
  if (key.fingerprint !== escrowed.fingerprint)
    throw new Error(
      `The settings name the key ${key.fingerprint}, and the sheet holds ${escrowed.fingerprint}.\n` +
        "Cure: take the sheet of the lost site, or correct key.fingerprint.",
    );
  const [keyFile, identityFile] = [resolve(REPOSITORY, key.file), resolve(REPOSITORY, key.identityFile)];
  if (!existsSync(keyFile)) await keepKeyFile({ keyFile, identityFile }, escrowed);
}

/** The login that the host's owner gave: by it the restores are known as ours. */
export async function hostClient({ settings, settingsFile }: Stack<DrHostSettings>): Promise<PveClient> {
  const { host, caCertificate } = settings;
  const trust = caCertificate === undefined ? {} : { authority: caCertificate };
  const login = parseToken(await readSecret(settingsFile, "pveApiToken", "HOST_API_TOKEN"), "PVE");
  return new PveClient({ endpoint: host.api, trust, login });
}
