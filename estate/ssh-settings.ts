import * as z from "zod";

import { hostKeyLine, identifier, plainText, portNumber } from "./schema";

/** The way to a root shell of a machine. */
export const sshSettings = z.strictObject({
  /** Name or address at which the machine's SSH answers. */
  host: identifier("address"),
  /** TCP port. @default 22 */
  port: portNumber.default(22),
  /** Account, root or one that may do the same. @default "root" */
  user: plainText.default("root"),
  /** The machine's host key as an authorized_keys line. Without it any machine could answer. */
  hostKey: hostKeyLine,
});

/** That way. */
export type SshSettings = z.infer<typeof sshSettings>;
