import { resolve } from "node:path";

import { Command } from "commander";

import { readAnyStackFile } from "../stack-file";
import { writeTrustBundle } from "../trust";

/** `trust`: writes the bundle of certificates that SSL_CERT_FILE has to name. */
export function trustCommand(): Command {
  return new Command("trust")
    .description("write the system's certificates and the site's CA into one bundle, for SSL_CERT_FILE")
    .requiredOption("--settings <file>", "the stack's settings, Pulumi.<stack>.yaml")
    .requiredOption("--out <file>", "the bundle")
    .action(({ settings, out }: { settings: string; out: string }) => {
      const read = readAnyStackFile(settings);
      writeTrustBundle("caCertificate" in read ? read.caCertificate : undefined, out);
      console.log(`export SSL_CERT_FILE=${resolve(out)}`);
    });
}
