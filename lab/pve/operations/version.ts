import { type Operation } from "../operation";
import { versionsOf } from "../../core/versions";

/** `GET /version`. */
export const VERSION: readonly Operation[] = [
  {
    name: "GET /version",
    parameters: {},
    permissions: { user: "all" },
    handle: ({ node }) => {
      const { pve: version } = versionsOf(node.site.description);
      return { version, release: version.split(".").slice(0, 2).join("."), repoid: "1ab0c0ffee1ab0c0" };
    },
  },
];
