import { strict as assert } from "node:assert";

import { elsewhereState } from "../../../commands/site/elsewhere-state";

const urn = (type: string, name: string) => `urn:pulumi:home::tappaas-resilience::${type}::${name}`;
const STACK = urn("pulumi:pulumi:Stack", "home");
const TUNNEL = urn("tappaas:way-in:Tunnel", "tunnel");
const PROVIDER = urn("pulumi:providers:cloudflare", "cloudflare");
const POOL = urn("command:remote:Command", "tanka1");
const CONNECTOR = urn("resilience:guest:TunnelConnector", "tunnel-611");
const MADE = urn("cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared", "tunnel");
const RECORD = urn("cloudflare:index/dnsRecord:DnsRecord", "files.example.org");

const typeOf = (name: string) => name.split("::")[2]!;
const resource = (name: string, more: object = {}) => ({ urn: name, type: typeOf(name), custom: true, ...more });
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };

const WHOLE = {
  version: 3,
  deployment: {
    manifest: { time: "2026-11-28T00:00:00Z" },
    secrets_providers: { type: "passphrase", state: { salt: "v1:salt" } },
    resources: [
      resource(STACK, { custom: false }),
      resource(PROVIDER, { parent: STACK, inputs: { apiToken: SECRET } }),
      resource(POOL, { parent: STACK }),
      resource(TUNNEL, { custom: false, parent: STACK }),
      resource(MADE, { parent: TUNNEL, provider: `${PROVIDER}::id`, protect: true }),
      resource(CONNECTOR, { parent: TUNNEL, dependencies: [MADE] }),
      resource(RECORD, {
        ...{ parent: TUNNEL, dependencies: [MADE, CONNECTOR], deletedWith: CONNECTOR },
        propertyDependencies: { content: [MADE], comment: [CONNECTOR], name: null },
      }),
    ],
    pending_operations: [
      { type: "creating", resource: resource(POOL) },
      { type: "updating", resource: resource(RECORD) },
    ],
  },
};

interface Written {
  readonly deployment: {
    readonly secrets_providers: unknown;
    readonly resources: readonly Readonly<Record<string, unknown> & { urn: string }>[];
    readonly pending_operations: readonly { readonly resource: { readonly urn: string } }[];
  };
}

describe("the state of a site that is gone", () => {
  const { text, names } = elsewhereState(JSON.stringify(WHOLE));
  const { deployment } = JSON.parse(text) as Written;
  const urns = deployment.resources.map((one) => one.urn);

  it("still knows what stands at Cloudflare, with all that it is a part of, protected as it was", () => {
    assert.deepEqual(urns, [STACK, PROVIDER, TUNNEL, MADE, RECORD]);
    assert.deepEqual(names, ["tunnel", "files.example.org"]);
    assert.equal(deployment.resources.find((one) => one.urn === MADE)!["protect"], true);
  });

  it("knows nothing of the site itself, or else its pools would be taken for made", () => {
    for (const gone of [POOL, CONNECTOR]) assert.equal(text.includes(gone), false);
    assert.deepEqual(
      deployment.pending_operations.map(({ resource: one }) => one.urn),
      [RECORD],
    );
  });

  it("waits for nothing that is gone", () => {
    const record = deployment.resources.find((one) => one.urn === RECORD)!;
    assert.deepEqual(record["dependencies"], [MADE]);
    assert.deepEqual(record["propertyDependencies"], { content: [MADE], comment: [], name: [] });
    assert.equal("deletedWith" in record, false);
  });

  it("keeps its secrets encrypted", () => {
    const provider = deployment.resources.find((one) => one.urn === PROVIDER)!;
    assert.deepEqual(provider["inputs"], { apiToken: SECRET });
    assert.deepEqual(deployment.secrets_providers, WHOLE.deployment.secrets_providers);
  });

  it("is empty where nothing stands elsewhere", () => {
    const home = { version: 3, deployment: { resources: [resource(STACK), resource(POOL, { parent: STACK })] } };
    assert.deepEqual(elsewhereState(JSON.stringify(home)).names, []);
    assert.deepEqual(elsewhereState(JSON.stringify({ version: 3, deployment: {} })).names, []);
  });
});
