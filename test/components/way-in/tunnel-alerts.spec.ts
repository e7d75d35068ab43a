import { strict as assert } from "node:assert";

import { TunnelAlerts, type TunnelAlertsArgs } from "../../../components";
import { tunnelAlertsProblems } from "../../../components/way-in/tunnel-alerts";
import { mockPulumi, settled, type Registrations } from "../../support/mocks";

const ID = "0123456789abcdef".repeat(2);
const POLICY = "cloudflare:index/notificationPolicy:NotificationPolicy";
const HOOK = "cloudflare:index/notificationPolicyWebhooks:NotificationPolicyWebhooks";

const validArgs: TunnelAlertsArgs = {
  accountId: ID,
  tunnelName: "tappaas",
  tunnelId: "tunnel-id",
  emails: ["me@example.org"],
};

describe("TunnelAlerts", () => {
  let registrations: Registrations;

  async function declare(more: Partial<TunnelAlertsArgs> = {}): Promise<void> {
    registrations = await mockPulumi();
    new TunnelAlerts("tunnel", { ...validArgs, ...more });
    await settled();
  }

  it("tells people when their own tunnel is down, degraded, or up again", async () => {
    await declare();
    assert.deepEqual(registrations.ofType(POLICY)["tunnel"], {
      accountId: ID,
      name: "tappaas: the tunnel is down, or up again",
      enabled: true,
      alertType: "tunnel_health_event",
      mechanisms: { emails: [{ id: "me@example.org" }] },
      filters: {
        tunnelIds: ["tunnel-id"],
        newStatuses: ["TUNNEL_STATUS_TYPE_DEGRADED", "TUNNEL_STATUS_TYPE_DOWN", "TUNNEL_STATUS_TYPE_HEALTHY"],
      },
    });
  });

  it("posts to an address that stays a secret", async () => {
    await declare({ emails: [], webhook: "https://alerts.example.org/s3cret" });
    const policy = registrations.ofType(POLICY)["tunnel"] as { mechanisms: unknown };
    assert.deepEqual(policy.mechanisms, { webhooks: [{ id: "tunnel-id" }] });
    const { url } = registrations.requestOf("tunnel", HOOK).getObject()?.toJavaScript() as {
      url: Record<string, unknown>;
    };
    assert.equal(url["4dabf18193072939515e22adb298388d"], "1b47061264138c4ac30d75fd1eb44270");
    assert.equal(url["value"], "https://alerts.example.org/s3cret");
  });

  it("tells that names lead elsewhere, where they do that", async () => {
    await declare({ pools: ["pool-home"] });
    const policy = registrations.ofType(POLICY)["tunnel-failover"] as { alertType: string; filters: unknown };
    assert.equal(policy.alertType, "load_balancing_health_alert");
    assert.deepEqual(policy.filters, { poolIds: ["pool-home"], newHealths: ["Unhealthy", "Healthy"] });
  });

  it("is refused without anybody to tell, and with an account that is none", () => {
    assert.deepEqual(
      tunnelAlertsProblems({ ...validArgs, accountId: "mine", emails: [] }).map(({ path }) => path),
      ["accountId", "emails"],
    );
    assert.deepEqual(tunnelAlertsProblems(validArgs), []);
  });
});
