import { strict as assert } from "node:assert";

import { ReturnGuard, returnGuardArgsProblems, type ReturnGuardArgs } from "../../../components/recovery/return-guard";
import { RETURN_GUARD_PROGRAM } from "../../../components/recovery/return-guard-program";
import { RETURN_GUARD_REMOVAL, RETURN_GUARD_SCRIPT } from "../../../components/recovery/return-guard-script";
import { RETURN_RULES } from "../../../estate/units/return-rules";
import { mockPulumi, registered, settled, type Registrations } from "../../support/mocks";

const COMMAND = "command:remote:Command";
const FINGERPRINT = `0e:${"ab:".repeat(30)}d4`;
const ARGS: ReturnGuardArgs = {
  ...{ node: "tappaas1", shell: { host: "10.0.0.10", hostKey: "ssh-ed25519 AAAA", privateKey: "PRIVATE" } },
  ...{ site: "home", signer: "ssh-ed25519 BBBB somebody", prepared: [140, 610], outside: [110], limit: 300 },
  servers: [
    {
      ...{
        name: "peer",
        repository: "home@pbs!reads@192.0.2.31:8007:lent",
        fingerprint: FINGERPRINT,
        namespace: "a/b",
      },
      ...{ group: "return-home", secret: "LOGIN-SECRET" },
    },
  ],
  dns: { resolver: "https://1.1.1.1/dns-query", name: "_return.example.org" },
};

describe("ReturnGuard", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi();
  });

  it("tells the node who may wait for an answer, who may not, whose records count and where they are", async () => {
    await registered(new ReturnGuard("tappaas1", ARGS));
    await settled();
    const command = registrations.ofType(COMMAND)["tappaas1"];
    assert.deepEqual((command?.["stdin"] as { value: string }).value.split("\n"), [
      ...["site=home", "node=tappaas1", "limit=300", "outside=110", "prepared=140 610", "signer=ssh-ed25519 BBBB home"],
      `place=peer|pbs|home@pbs!reads@192.0.2.31:8007:lent|${FINGERPRINT}|a/b|return-home`,
      "place=dns|dns|https://1.1.1.1/dns-query|_return.example.org||",
      ...["secret=peer:LOGIN-SECRET", ""],
    ]);
    assert.equal(command?.["create"], RETURN_GUARD_SCRIPT);
    assert.equal(command["update"], RETURN_GUARD_SCRIPT);
    assert.equal(command["delete"], RETURN_GUARD_REMOVAL);
    assert.equal(command["logging"], "none");
  });

  it("decides on the node by the lines that its page shows, and by no other", () => {
    for (const { answer, does, because } of RETURN_RULES) {
      const line = new RegExp(`^ {4}${answer}/\\S+\\) does=${does} because='${because}' ;;$`, "m");
      assert.match(RETURN_GUARD_PROGRAM, line);
    }
    const decided = RETURN_GUARD_PROGRAM.match(/\) does=\w+ because=/g) ?? [];
    assert.equal(decided.length, RETURN_RULES.length + 1);
    assert.match(RETURN_GUARD_PROGRAM, /^ {4}\*\) does=hold because='nothing is known' ;;$/m);
  });

  it("deletes no guest and stops none, whatever it finds", () => {
    for (const text of [RETURN_GUARD_SCRIPT, RETURN_GUARD_REMOVAL]) {
      assert.doesNotMatch(
        text,
        /\b(?:qm|pct)\b|destroy|pvesh delete|\/status\/(?:stop|shutdown)|ha-manager (?:remove|add)/,
      );
      assert.doesNotMatch(text, /--state (?:stopped|disabled)/);
    }
  });

  it("refuses what a node could not go by", () => {
    const paths = (more: Partial<ReturnGuardArgs>) =>
      returnGuardArgsProblems({ ...ARGS, ...more }).map(({ path }) => path);
    assert.deepEqual(paths({}), []);
    assert.deepEqual(paths({ node: "a b", site: "a|b", limit: 90_000 }), ["node", "site", "limit"]);
    assert.deepEqual(paths({ prepared: [1], outside: [2.5] }), ["prepared", "outside"]);
    assert.deepEqual(paths({ outside: [140] }), ["outside"]);
    const [server] = ARGS.servers;
    assert.deepEqual(
      paths({ servers: [{ ...server!, name: "P", repository: "lent", group: "a b", namespace: "|" }] }),
      ["servers.0.name", "servers.0.repository", "servers.0.group", "servers.0.namespace"],
    );
    assert.deepEqual(paths({ dns: { resolver: "http://1.1.1.1", name: "a b" } }), ["dns.resolver", "dns.name"]);
    assert.deepEqual(
      returnGuardArgsProblems({ ...{ node: "n1", site: "home", prepared: [140] }, servers: [] }).map(
        ({ path }) => path,
      ),
      ["servers"],
    );
  });
});
