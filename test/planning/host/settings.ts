import { parseDrHostSettings, type DrHostSettings } from "../../../estate/dr-host-settings";
import { valueOf } from "../../../estate/problem";

const FINGERPRINT = "0e:ab:d4:46:0b:6e:b9:ca:".repeat(4).slice(0, -1);

/** Settings of a stack on somebody else's node as they are written, with what a test says otherwise. */
export function writtenDrHost(changes: object = {}): object {
  return {
    ...{ role: "dr-host", site: "sites/dr-host", home: "home" },
    host: { node: "oak1", api: "https://192.0.2.30:8006", vlans: [200] },
    guests: { offset: 3000 },
    networks: { lan: "dr0", "lan/210": "lan/3210" },
    backups: { address: "192.0.2.20", datastore: "home-copies", authId: "home@pbs!dr" },
    nightly: { address: "192.0.2.31", datastore: "lent", namespace: "dr-home", authId: "home@pbs!nightly" },
    exposure: { who: "the owner", why: "home burnt down", until: "2099-12-31" },
    key: { fingerprint: FINGERPRINT },
    ...changes,
  };
}

/** The same, parsed. */
export function drHostSettings(changes: object = {}): DrHostSettings {
  return valueOf(parseDrHostSettings(writtenDrHost(changes)), "settings");
}
