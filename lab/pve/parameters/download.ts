import { flag, oneOf, optional, text, type Parameters } from "../../core/specification";
import { NODE, STORAGE } from "./common";

const URL = text({ pattern: "https?://.*" });

/** What lies at an address. */
export const QUERY_URL: Parameters = { node: NODE, url: URL, "verify-certificates": optional(flag()) };

/** A file to fetch into a storage. */
export const DOWNLOAD_URL: Parameters = {
  checksum: optional(text({ requires: "checksum-algorithm" })),
  "checksum-algorithm": optional({
    ...oneOf("md5", "sha1", "sha224", "sha256", "sha384", "sha512"),
    requires: "checksum",
  }),
  compression: optional(text()),
  content: { ...oneOf("iso", "vztmpl", "import"), format: "pve-storage-content" },
  filename: text({ maxLength: 255 }),
  node: NODE,
  storage: STORAGE,
  url: URL,
  "verify-certificates": optional(flag()),
};
