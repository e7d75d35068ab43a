import { resolve } from "node:path";
import * as z from "zod";

import { isFingerprint } from "../../estate/units/fingerprint";
import { parseToken } from "../clients/login";
import { ACCEPTANCE } from "../objects/acceptance";
import { type Fields } from "../objects/fields";

const ENDPOINT = z
  .string()
  .regex(/^https:\/\/[^/\s?#]+\/?$/, 'expected an address such as "https://tappaas1.internal:8006"')
  .transform((url) => url.replace(/\/$/, ""));

const token = (product: "PVE" | "PBS", form: string) =>
  z.string().refine((line) => isParsed(() => parseToken(line, product)), { error: `expected an API token as ${form}` });

/** Lists arrive as JSON text from `pulumi config set` and from providers made in a program. */
const list = <T>(item: z.ZodType<T>) => z.preprocess(fromJson, z.array(item));

/** What the provider can be told; a side that no resource needs may be left out. */
export const CONFIGURATION = z
  .strictObject({
    pveEndpoint: ENDPOINT.optional(),
    pveApiToken: token("PVE", "user@realm!name=secret").optional(),
    pveCaCertificate: z.string().includes("-----BEGIN CERTIFICATE-----", "expected a certificate as PEM").optional(),
    pbsEndpoint: ENDPOINT.optional(),
    pbsFingerprint: z
      .string()
      .refine(isFingerprint, { error: 'expected 32 bytes in hex such as "0e:ab:…:d4"' })
      .optional(),
    pbsToken: token("PBS", "user@realm!name:secret").optional(),
    pbsUsername: z.string().includes("@", 'expected a user such as "root@pam"').optional(),
    pbsPassword: z.string().min(1).optional(),
    keyFile: z.string().transform(absolute).optional(),
    keyIdentityFile: z.string().transform(absolute).optional(),
    adoptions: list(
      z.string().regex(/^p[bv][se]:\w+\/.+$/, 'expected an object such as "pbs:PruneJob/nightly"'),
    ).optional(),
    acceptances: list(ACCEPTANCE).optional(),
    reportOnly: z.preprocess(fromJson, z.boolean()).optional(),
  })
  .superRefine(demandWhole);

/** The provider's configuration, checked. */
export type Configuration = z.infer<typeof CONFIGURATION>;

/** Keys whose values are never shown. */
export const SECRET_KEYS: readonly string[] = ["pveApiToken", "pbsToken", "pbsPassword"];

/** Something wrong with a property, for the engine. */
export interface PropertyProblem {
  /** Empty when it is about all of them. */
  readonly property: string;
  /** What was expected. Starts in lower case, ends without a full stop. */
  readonly reason: string;
}

/** All that is wrong with a configuration of which `unknown` keys are not known yet. */
export function configurationProblems(known: Fields, unknown: ReadonlySet<string>): PropertyProblem[] {
  const parsed = CONFIGURATION.safeParse(settings(known));
  if (parsed.success) return [];
  // What is missing may still come while anything is unknown; what is there is judged at once.
  const isDue = ({ property }: PropertyProblem) => unknown.size === 0 || property in known;
  return problemsOf(parsed.error.issues).filter(isDue);
}

/** Settings without those that the engine adds for itself. */
export function settings(known: Fields): Fields {
  const own = Object.entries(known).filter(([key, value]) => !ENGINE_KEYS.includes(key) && value !== "");
  return Object.fromEntries(own);
}

/** The issues of a zod error, by the property at fault. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): PropertyProblem[] {
  return issues.flatMap((issue): PropertyProblem[] => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ property: key, reason: "is not known here; check its spelling" }));
    }
    const [property, ...inner] = issue.path.map(String);
    const where = inner.length === 0 ? "" : `${inner.join(".")}: `;
    return [{ property: property ?? "", reason: `${where}${issue.message}` }];
  });
}

const ENGINE_KEYS = ["version", "pluginDownloadURL", "__internal"];

function absolute(path: string): string {
  return resolve(path);
}

function isParsed(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

function fromJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** What belongs together comes together. */
function demandWhole(config: Record<string, unknown>, context: z.RefinementCtx): void {
  const demand = (key: string, other: string, why: string) => {
    if (config[key] === undefined || config[other] !== undefined) return;
    context.addIssue({ code: "custom", path: [other], message: `expected with ${key}: ${why}` });
  };
  demand("pveEndpoint", "pveApiToken", "make one in PVE under Datacenter, Permissions, API Tokens");
  demand("pveApiToken", "pveEndpoint", "the address of a node, such as https://tappaas1.internal:8006");
  demand("pbsToken", "pbsEndpoint", "the address of the PBS, such as https://backup.internal:8007");
  demand("pbsFingerprint", "pbsEndpoint", "the address of the PBS, such as https://backup.internal:8007");
  demand("pbsUsername", "pbsPassword", "its password; an API token as pbsToken is better");
  demand("pbsPassword", "pbsUsername", "the user to whom it belongs");
  demand("keyFile", "keyIdentityFile", "the age identity that opens it");
  if (config["pbsEndpoint"] === undefined && config["pveEndpoint"] === undefined) {
    const message =
      "expected the address of a PBS, or pveEndpoint with that of a PVE node: without either nothing can be done";
    context.addIssue({ code: "custom", path: ["pbsEndpoint"], message });
  }
  if (config["pbsEndpoint"] !== undefined && config["pbsToken"] === undefined && config["pbsUsername"] === undefined) {
    const message =
      "expected with pbsEndpoint: an API token as user@realm!name:secret, or else pbsUsername and pbsPassword";
    context.addIssue({ code: "custom", path: ["pbsToken"], message });
  }
}
