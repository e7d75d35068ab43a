import { type SettingEffect } from "./setting-effects";

const PUSH = "resilience:pbs:PushJob";
const REMOTE = "resilience:pbs:Remote";

const login: SettingEffect = {
  effect: "update",
  of: [PUSH, REMOTE],
  note: "The login is tried first; one that may delete stops the run.",
};
const sending: SettingEffect = { effect: "update", of: [PUSH] };
const other: SettingEffect = {
  effect: "refused",
  of: [PUSH],
  note: "Another receiver is another copy, with a name of its own.",
};
const described: SettingEffect = { effect: "none", of: [], note: "Only reports, findings and `make watch` change." };

/** What a setting of a hosted server does when it changes. */
export const HOSTED_EFFECTS: Readonly<Record<string, SettingEffect>> = {
  "hosted.*.address": login,
  "hosted.*.port": login,
  "hosted.*.fingerprint": login,
  "hosted.*.authId": login,
  "hosted.*.datastore": other,
  "hosted.*.namespace": other,
  "hosted.*.schedule": sending,
  "hosted.*.groups": { ...sending, note: "That fewer groups are sent takes an acceptance; what is there stays." },
  "hosted.*.rateOut": sending,
  ...Object.fromEntries(
    [
      ...["place", "lookedAt", "verified"],
      ...["keepLast", "keepHourly", "keepDaily", "keepWeekly", "keepMonthly", "keepYearly"].map(
        (keep) => `retention.${keep}`,
      ),
    ].map((path) => [`hosted.*.${path}`, described]),
  ),
};
