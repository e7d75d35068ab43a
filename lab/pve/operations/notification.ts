import { type Operation } from "../operation";

const MAY = (privilege: string) => ["perm", "/mapping/notifications", [privilege]] as const;
const AUDIT = { check: ["or", MAY("Mapping.Modify"), MAY("Mapping.Audit"), MAY("Mapping.Use")] } as const;

/** Where PVE sends messages: what every installation has. Source: pve-manager, PVE/API2/Cluster/Notifications.pm. */
export const NOTIFICATIONS: readonly Operation[] = [
  {
    name: "GET /cluster/notifications/targets",
    parameters: {},
    permissions: AUDIT,
    handle: () => [
      { name: "mail-to-root", type: "sendmail", origin: "builtin", comment: "Send mails to root@pam's email address" },
    ],
  },
  {
    name: "GET /cluster/notifications/matchers",
    parameters: {},
    permissions: AUDIT,
    handle: () => [
      {
        name: "default-matcher",
        mode: "all",
        target: ["mail-to-root"],
        origin: "builtin",
        comment: "Route all notifications to mail-to-root",
      },
    ],
  },
];
