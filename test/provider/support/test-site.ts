import { PbsClient } from "../../../provider/clients/pbs-client";
import { PveClient } from "../../../provider/clients/pve-client";
import { type Acceptance } from "../../../provider/objects/acceptance";
import { type Fields, type Wanted } from "../../../provider/objects/fields";
import { type Site, type SiteKey } from "../../../provider/objects/site";
import { FakePbs } from "./fake-pbs";
import { FakePve } from "./fake-pve";

export const KEY_FINGERPRINT = Array.from({ length: 32 }, () => "0e").join(":");
const KEY_JSON = JSON.stringify({
  kdf: null,
  data: "a2V5IG1hdGVyaWFsIG5vYm9keSBtYXkgc2Vl",
  fingerprint: KEY_FINGERPRINT,
});

/** A site of two fakes. */
export class TestSite {
  readonly pbs = new FakePbs();
  readonly pve = new FakePve();
  readonly adoptions: string[] = [];
  readonly acceptances: Acceptance[] = [];
  readonly told: string[] = [];
  readonly noted: string[] = [];
  reports = false;
  key: SiteKey = { json: KEY_JSON, fingerprint: KEY_FINGERPRINT };
  today = new Date("2026-11-21T12:00:00Z");
  #clients: [PbsClient, PveClient] | undefined;

  async start(): Promise<void> {
    await Promise.all([this.pbs.start(), this.pve.start()]);
    const [pbs, pve] = [this.pbs.server, this.pve.server];
    const admin = { tokenId: "root@pam!resilience", secret: "the-admin-secret" };
    this.#clients = [
      new PbsClient(
        { endpoint: pbs.endpoint, trust: { fingerprint: pbs.certificate.fingerprint }, login: admin },
        [1, 1],
      ),
      new PveClient({ endpoint: pve.endpoint, trust: { authority: pve.certificate.authority }, login: admin }, [1, 1]),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all((this.#clients ?? []).map((client) => client.close()));
    await Promise.all([this.pbs.stop(), this.pve.stop()]);
  }

  get site(): Site {
    const [pbs, pve] = this.#clients!;
    return this.siteOver(pve, pbs);
  }

  /** The same over other servers, such as a lab's. */
  siteOver(pve: PveClient, pbs: PbsClient): Site {
    return {
      pbs: () => pbs,
      pve: () => pve,
      hasPbs: true,
      hasPve: true,
      key: () => Promise.resolve(this.key),
      adoptions: this.adoptions,
      acceptances: this.acceptances,
      reports: this.reports,
      today: () => this.today,
      progress: () => undefined,
      note: (line) => this.noted.push(line),
      tell: (line) => this.told.push(line),
      pause: 1,
    };
  }

  /** What changed something on either side. */
  get writes(): string[] {
    return [...this.pbs.server.writes, ...this.pve.server.writes];
  }
}

/** Inputs that are all known. */
export function known(fields: Fields): Wanted {
  return { known: fields, unknown: new Set() };
}

/** Starts a site before each test of the suite, and ends it after. */
export function eachOnItsOwnSite(): { at: TestSite } {
  const holder = { at: new TestSite() };
  beforeEach(async () => {
    holder.at = new TestSite();
    await holder.at.start();
  });
  afterEach(() => holder.at.stop());
  return holder;
}
