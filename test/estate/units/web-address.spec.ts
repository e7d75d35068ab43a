import { strict as assert } from "node:assert";

import { hostAndPort, httpsAddress } from "../../../estate/units/web-address";

describe("The address of a server", () => {
  it("has an IPv6 address in brackets, and a name or an IPv4 address as it is", () => {
    assert.equal(httpsAddress("fd00::5", 8007), "https://[fd00::5]:8007");
    assert.equal(httpsAddress("::1", 8006), "https://[::1]:8006");
    assert.equal(httpsAddress("10.0.0.5", 8007), "https://10.0.0.5:8007");
    assert.equal(httpsAddress("vault.example", 8443), "https://vault.example:8443");
  });

  it("gives back the host and port that it was made of", () => {
    for (const [host, port] of [
      ["fd00::5", 8007] as const,
      ["10.0.0.5", 8443] as const,
      ["vault.example", 443] as const,
    ])
      assert.deepEqual(hostAndPort(httpsAddress(host, port)), { host, port });
    assert.deepEqual(hostAndPort("https://vault.example"), { host: "vault.example", port: 443 });
  });
});
