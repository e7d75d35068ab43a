import * as pulumi from "@pulumi/pulumi";

import { type Estate } from "../../estate/estate";
import { type Settings } from "../../estate/settings";
import { type Decisions } from "../../estate/site-folder";
import { newPrivateKey } from "../../lab/ssh/ssh-key";
import { declareSite } from "../../stacks/site";
import { mockPulumi, settled, type Registrations } from "../support/mocks";

const FINGERPRINT = "0e".repeat(32);

export const ssh = { host: "10.0.0.10", port: 22, user: "root", hostKey: "ssh-ed25519 AAAA" };
/** Settings of a small site, as its owner writes them. */
export const WRITTEN = {
  site: "sites/home",
  nodes: { tappaas1: { api: "https://10.0.0.10:8006", ssh } },
  pools: [{ node: "tappaas1", name: "tanka1", raidlevel: "mirror", disks: ["ata-one", "ata-two"] }],
  backupServer: { address: "10.0.0.12", fingerprint: "0e".repeat(32) },
  key: { fingerprint: "0e".repeat(32) },
};

/** What only the site could say. */
const ANSWERS: Readonly<Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>>> = {
  "resilience:pbs:Token": ({ rotation }) => ({
    tokenId: "tappaas@pbs!pve",
    // What is rotated has another secret, which the storage gets.
    secret: `S ${String(rotation)}`,
    superseded: [],
  }),
  "command:remote:Command": () => ({ stdout: JSON.stringify({ fingerprint: FINGERPRINT, reuse: false }) }),
  "resilience:pbs:ServerBootstrap": () => ({ tokenId: "pulumi@pbs!server", secret: "S", fingerprint: FINGERPRINT }),
};

/** The same for every declaration, so that only settings tell two sites apart. */
const SSH_KEY = newPrivateKey("site");

/**
 * What the engine would get of a site. The SDK keeps with each promise the stack where it was made, which through source maps is half
 * of the time; here nobody reads it.
 */
export async function declaredRegistrations(
  ...site: Parameters<typeof registrationsOf>
): ReturnType<typeof registrationsOf> {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return await registrationsOf(...site);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

async function registrationsOf(
  settings: Settings,
  estate: Estate,
  observedAt: string,
  decisions: Decisions = { adoptions: [], acceptances: [] },
): Promise<Registrations> {
  const registrations = await mockPulumi(
    ({ type, inputs }) => ANSWERS[type]?.(inputs as Record<string, unknown>) ?? {},
    {
      "resilience:pve:standingStorage": (inputs) => inputs,
      "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken": (inputs) => ({
        ...inputs,
        token: "T",
      }),
    },
  );
  const { caCertificate, key } = settings;
  const secret = pulumi.secret("SECRET");
  const sshPrivateKey = estate.returnGuard === undefined ? secret : pulumi.secret(SSH_KEY);
  const keys = { secretKey: secret, formerSecretKey: secret };
  const buckets = Object.fromEntries([...estate.buckets, ...estate.peers].map(({ name }) => [name, keys]));
  declareSite({
    role: "site",
    estate,
    decisions,
    observedAt,
    secrets: {
      pveApiToken: secret,
      pbsToken: secret,
      sshPrivateKey,
      cloudflareApiToken: secret,
      tunnelAlertAddress: estate.tunnel?.alerts.webhook === true ? secret : undefined,
      buckets,
    },
    readers: Object.fromEntries(estate.peers.map(({ name }) => [name, secret])),
    recordReaders: Object.fromEntries((estate.returnGuard?.places ?? []).map(({ name }) => [name, secret])),
    writers: Object.fromEntries(estate.hosted.map(({ name }) => [name, secret])),
    alerts: { failures: secret, heartbeat: secret, form: settings.alerts.form },
    trust: { caCertificate },
    rebuild: undefined,
    reportOnly: false,
    pveNode: estate.nodes[0]!,
    keyFiles: { file: key.file, identityFile: key.identityFile },
  });
  await settled();
  return registrations;
}
