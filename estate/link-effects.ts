import { type SettingEffect } from "./setting-effects";

const link: SettingEffect = {
  effect: "update",
  of: ["command:remote:Command"],
  note: "The link is down for a moment; one that does not come up leaves the former one up.",
};

/** What a setting of the way to the backup server's machine, and of its links, does when it changes. */
export const LINK_EFFECTS: Readonly<Record<string, SettingEffect>> = {
  ...Object.fromEntries(
    ["host", "port", "user", "hostKey"].map((name) => [
      `backupServer.ssh.${name}`,
      { effect: "none", of: [], note: "It counts when a link changes." } as const,
    ]),
  ),
  "links.*.interface": { ...link, note: "The former interface stays up: take it down by hand." },
  "links.*.address": link,
  "links.*.listenPort": link,
  "links.*.peer.publicKey": link,
  "links.*.peer.address": link,
  "links.*.peer.endpoint": link,
  "links.*.serves": { ...link, note: "Without it the other end fetches nothing more." },
};
