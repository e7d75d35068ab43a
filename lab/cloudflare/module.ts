import { serveHttps } from "../core/http";
import { type Site } from "../core/site";
import { Account } from "./account";
import { cloudflareApi } from "./api";
import { fetchName } from "./edge";
import { lookAtTunnels } from "./health";

/** Port of the API; the real one has 443. */
const API_PORT = 8443;

/** Starts Cloudflare where the site's description has an account there: its API, and its edge by the command `fetch`. */
export async function startCloudflare(site: Site): Promise<void> {
  const { cloudflare } = site.description;
  if (cloudflare === undefined) return;
  const machine = site.machine("cloudflare", cloudflare.host);
  const account = new Account(site, cloudflare.account, cloudflare.zones);
  machine.runs(await serveHttps(machine, API_PORT, cloudflareApi(account)));
  site.sheet.cloudflare({
    api: `https://${machine.address}:${API_PORT}/client/v4`,
    accountId: account.id,
    zones: account.zones,
    apiToken: account.apiToken,
  });
  site.control.register("tunnel-health", () => lookAtTunnels(account));
  site.control.register("fetch", ({ name, loggedIn }) => fetchName(account, String(name), loggedIn === true));
}
