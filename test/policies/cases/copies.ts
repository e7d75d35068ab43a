import * as types from "../../../policies/types";
import { type Cases, UNKNOWN } from "../judge";

/** Rules about what lies elsewhere. */
export const COPIES_CASES: Cases = {
  "no-deleting-role": {
    good: [{ type: types.ACL, props: { authId: "a@pbs", role: "DatastoreBackup" } }],
    bad: ["Admin", "DatastoreAdmin", "DatastorePowerUser", "a role of tomorrow"].map((role) => [
      [{ type: types.ACL, props: { authId: "a@pbs", role } }],
      `a@pbs must not be able to delete backups: give it DatastoreBackup instead of ${role}.`,
    ]),
  },
  "vanished-stays": {
    good: [{ type: types.SYNC_JOB, props: { removeVanished: false, direction: "pull" } }],
    bad: [
      [
        [{ type: types.SYNC_JOB, props: { removeVanished: true } }],
        "it must keep what its source has lost: set removeVanished: false.",
      ],
      [
        [{ type: types.SYNC_JOB, props: { direction: "push" } }],
        'it must be fetched by the copy\'s own server, so that the source needs no login there: set direction: "pull".',
      ],
    ],
  },
  "copies-are-encrypted": {
    good: [{ type: types.SYNC_JOB, props: { encryptedOnly: true } }],
    bad: [{}, { encryptedOnly: false }].map((props) => [
      [{ type: types.SYNC_JOB, props }],
      "it must take nothing that its server could read: set encryptedOnly: true.",
    ]),
  },
  "copies-never-meet": {
    good: [
      { type: types.DATASTORE, props: { name: "home" } },
      { type: types.PBS_STORAGE, props: { datastore: UNKNOWN }, from: { datastore: 0 } },
      { type: types.SYNC_JOB, props: { store: "peers", namespace: "oak", remote: "oak", remoteStore: "a" } },
      { type: types.SYNC_JOB, props: { store: "peers", namespace: "elm", remote: "elm", remoteStore: "a" } },
      { type: types.SYNC_JOB, props: { store: "peers", namespace: "elm", remote: "elm", remoteStore: "a" } },
    ],
    bad: [
      [
        [
          { type: types.SYNC_JOB, name: "oak", props: { store: "peers", remote: "oak", remoteStore: "a" } },
          { type: types.SYNC_JOB, name: "elm", props: { store: "peers", remote: "elm", remoteStore: "a" } },
        ],
        "Copies of elm must not mix with what oak writes: give one of them another store or namespace.",
      ],
      [
        [
          { type: types.DATASTORE, name: "home", props: { name: "home" } },
          { type: types.PBS_STORAGE, name: "entry", props: { datastore: UNKNOWN }, from: { datastore: 0 } },
          { type: types.SYNC_JOB, name: "elm", props: { store: UNKNOWN, remote: "elm" }, from: { store: 0 } },
        ],
        "Copies of elm must not mix with what entry writes: give one of them another store or namespace.",
      ],
    ],
  },
  "copies-hold-no-key": {
    good: [{ type: types.SYNC_JOB }, { type: types.RESILIENCE_PROVIDER, props: { pbsEndpoint: "https://vault:8007" } }],
    bad: [
      [
        [{ type: types.SYNC_JOB }, { type: types.RESILIENCE_PROVIDER, props: { keyFile: "keys/backup-key.age" } }],
        "it must keep copies without being able to read them: leave keyFile and keyIdentityFile out.",
      ],
    ],
  },
};
