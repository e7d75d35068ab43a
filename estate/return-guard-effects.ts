import { type SettingEffect } from "./setting-effects";

const node: SettingEffect = {
  effect: "update",
  of: ["command:remote:Command"],
  note: "It counts when a node boots; no guest is touched before.",
};
const asked: SettingEffect = { effect: "none", of: [], note: "Commands go by it; nothing on a node changes." };

/** What changing the guard against two sites that serve at once does. */
export const RETURN_GUARD_EFFECTS: Readonly<Record<string, SettingEffect>> = {
  "returnGuard.prepared": node,
  "returnGuard.outside": node,
  "returnGuard.limit": node,
  "returnGuard.validFor": asked,
  "returnGuard.probes": asked,
  "returnGuard.servers.*.address": node,
  "returnGuard.servers.*.port": node,
  "returnGuard.servers.*.fingerprint": node,
  "returnGuard.servers.*.datastore": node,
  "returnGuard.servers.*.namespace": node,
  "returnGuard.servers.*.reader": node,
  "returnGuard.servers.*.writer": asked,
  "returnGuard.dns.name": node,
  "returnGuard.dns.zoneId": asked,
  "returnGuard.dns.resolver": node,
  "returnGuard.dns.api": asked,
};
