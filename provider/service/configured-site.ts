import { PbsClient } from "../clients/pbs-client";
import { PveClient } from "../clients/pve-client";
import { parseToken, type Login } from "../clients/login";
import { type Trust } from "../clients/trust";
import { readKeyFile } from "../keys/key-file";
import { Refusal } from "../objects/refusal";
import { type Site, type SiteKey } from "../objects/site";
import { type Configuration } from "./configuration";
import { type Secrets } from "./secrets";

/** The site that a configuration describes. Nothing is asked of it before something is needed. */
export function configuredSite(config: Configuration, secrets: Secrets): Site {
  const pve = once(() => pveClient(config));
  const pbs = once(() => pbsClient(config));
  return {
    pve,
    pbs,
    hasPve: config.pveEndpoint !== undefined,
    hasPbs: config.pbsEndpoint !== undefined,
    key: () => readKey(config, secrets),
    adoptions: config.adoptions ?? [],
    acceptances: config.acceptances ?? [],
    reports: config.reportOnly === true,
    today: () => new Date(),
    progress: () => undefined,
    note: () => undefined,
    tell: () => undefined,
    pause: 1_000,
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function pveClient({ pveEndpoint, pveApiToken, pveCaCertificate }: Configuration): PveClient {
  if (pveEndpoint === undefined || pveApiToken === undefined) throw new Refusal(missing("pveEndpoint", "pveApiToken"));
  const trust = pveCaCertificate === undefined ? {} : { authority: pveCaCertificate };
  return new PveClient({ endpoint: pveEndpoint, trust, login: parseToken(pveApiToken, "PVE") });
}

function pbsClient(config: Configuration): PbsClient {
  const { pbsEndpoint, pbsFingerprint } = config;
  const login = pbsLogin(config);
  if (pbsEndpoint === undefined || login === undefined) throw new Refusal(missing("pbsEndpoint", "pbsToken"));
  const trust: Trust = pbsFingerprint === undefined ? {} : { fingerprint: pbsFingerprint };
  return new PbsClient({ endpoint: pbsEndpoint, trust, login });
}

function pbsLogin({ pbsToken, pbsUsername, pbsPassword }: Configuration): Login | undefined {
  if (pbsToken !== undefined) return parseToken(pbsToken, "PBS");
  if (pbsUsername === undefined || pbsPassword === undefined) return undefined;
  return { username: pbsUsername, password: pbsPassword };
}

/** The key stays in this process' memory, for the one request that needs it. */
async function readKey({ keyFile, keyIdentityFile }: Configuration, secrets: Secrets): Promise<SiteKey> {
  if (keyFile === undefined || keyIdentityFile === undefined) throw new Refusal(missing("keyFile", "keyIdentityFile"));
  const key = await readKeyFile(keyFile, keyIdentityFile);
  secrets.add(key.json);
  const { data } = JSON.parse(key.json) as { data?: string };
  if (data !== undefined) secrets.add(data);
  return key;
}

function missing(...keys: string[]): string {
  const lines = keys.map((key) => `pulumi config set resilience:${key}`).join(", ");
  return `expected ${keys.join(" and ")} in the provider's configuration, got none. Set them (${lines}), or give them to the Provider`;
}
