/** Settings of a vault that fetches from one site. */
export const writtenVault = {
  role: "vault",
  site: "sites/offsite",
  backupServer: { address: "192.0.2.20", fingerprint: "0e".repeat(32) },
  sources: {
    home: {
      address: "10.8.0.1",
      fingerprint: "1f".repeat(32),
      datastore: "tappaas_backup",
      authId: "vault@pbs!pull",
      into: { datastore: "home-copies", path: "/tankc1/home-copies" },
    },
  },
};
