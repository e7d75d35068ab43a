import { type Operation } from "../operation";

/** `GET /version`. */
export const VERSION: readonly Operation[] = [
  {
    name: "GET /version",
    parameters: {},
    permissions: { user: "all" },
    handle: () => ({ version: "9.2.1", release: "9.2", repoid: "1ab0c0ffee1ab0c0" }),
  },
];
